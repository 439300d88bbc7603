"""The team's door to its secret keys. Only a person comes in: no key has the permission as a scope."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shop.errors import StaleVersion
from shop.inputs import Choice, Line, StrictSerializer, WholeNumber, read_body
from shop.keys import queries, services, shapes
from shop.keys.models import KeyStatus, SecretKey
from shop.keys.rules import DEFAULT_OVERLAP_HOURS, MAX_DAYS, MAX_OVERLAP_HOURS
from shop.keys.services import KeyEnded, KeyOfAnother, KeyReplaced, ScopeNotYours, TooManyKeys
from shop.makers.doors import StudioDoor
from shop.makers.roles import SCOPES
from shop.pagination import InvalidCursor, PageOutput, PageQuery, page_links
from shop.schema import IF_MATCH


class KeyNameInput(StrictSerializer):
    name = Line(max_length=100)


class NewKeyInput(KeyNameInput):
    scopes = serializers.ListField(
        child=Choice(SCOPES),
        allow_empty=False,
        max_length=len(SCOPES),
        help_text="What the key may do, each of them something you may do yourself.",
    )
    expires_in_days = WholeNumber(
        min_value=1, max_value=MAX_DAYS, required=False, help_text=f"{MAX_DAYS} where left out."
    )

    def validate_scopes(self, scopes: list[str]) -> list[str]:
        if len(set(scopes)) < len(scopes):
            raise serializers.ValidationError("Name each scope once.")
        return scopes


class KeyRotationInput(StrictSerializer):
    overlap_hours = WholeNumber(
        min_value=0,
        max_value=MAX_OVERLAP_HOURS,
        required=False,
        help_text=f"How long the old key still works; {DEFAULT_OVERLAP_HOURS} where left out.",
    )


class KeyOwnerOutput(serializers.Serializer[Any]):
    membership = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    email = serializers.EmailField()


class KeyOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    hint = serializers.CharField(help_text="The end of the secret.")
    scopes = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField(choices=KeyStatus.choices)
    owner = KeyOwnerOutput(allow_null=True, help_text="Who made it; null once they have left the team.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    revoked_at = serializers.DateTimeField(allow_null=True)
    replaced_by = serializers.CharField(allow_null=True, help_text="The key it was rotated to.")


class NewKeyOutput(KeyOutput):
    secret = serializers.CharField(
        allow_null=True,
        help_text="Shown this once: keep it. null where an Idempotency-Key repeats the answer; revoke the key then.",
    )


class KeyPageOutput(PageOutput):
    results = KeyOutput(many=True)


def answer(key: SecretKey) -> Response:
    shape = shapes.key(key)
    return Response(shape, headers={"ETag": shapes.etag(shape)})


def answer_with_secret(key: SecretKey, secret: str) -> Response:
    shape = shapes.key(key)
    return Response({**shape, "secret": secret}, status=201, headers={"ETag": shapes.etag(shape)})


class KeyDoor(StudioDoor):
    permission = "keys.manage"

    def without_secrets(self, data: Any) -> Any:
        return {**data, "secret": None} if "secret" in data else data


class Keys(KeyDoor):
    query = PageQuery
    errors = (InvalidCursor, ScopeNotYours, TooManyKeys)

    @extend_schema(operation_id="studio_keys_list", tags=["keys"], parameters=[PageQuery], responses=KeyPageOutput)
    def get(self, request: Request, maker: str) -> Response:
        """The maker's keys, the newest first, with those that have ended."""
        page = queries.list_keys(self.maker.pk, **self.query_values)
        return Response({"results": [shapes.key(key) for key in page.rows], **page_links(request, page)})

    @extend_schema(operation_id="studio_keys_create", tags=["keys"], request=NewKeyInput, responses={201: NewKeyOutput})
    def post(self, request: Request, maker: str) -> Response:
        """Make a key of your own. It may do what its scopes and your roles both allow, at each moment."""
        given = read_body(NewKeyInput, request.data)
        key, secret = services.create_key(
            membership=self.membership,
            name=given["name"],
            scopes=given["scopes"],
            expires_in_days=given.get("expires_in_days", MAX_DAYS),
            actor=self.actor,
        )
        return answer_with_secret(key, secret)


class Key(KeyDoor):
    errors = (StaleVersion,)

    @extend_schema(operation_id="studio_keys_retrieve", tags=["keys"], responses=KeyOutput)
    def get(self, request: Request, maker: str, key: str) -> Response:
        return answer(queries.get_key(self.maker.pk, key))

    @extend_schema(
        operation_id="studio_keys_update", tags=["keys"], parameters=[IF_MATCH], request=KeyNameInput,
        responses=KeyOutput,
    )  # fmt: skip
    def patch(self, request: Request, maker: str, key: str) -> Response:
        """Give it another name."""
        name = read_body(KeyNameInput, request.data)["name"]
        if_match = request.headers.get("If-Match")
        renamed = services.rename_key(maker=self.maker, key_id=key, name=name, if_match=if_match, actor=self.actor)
        return answer(renamed)

    @extend_schema(operation_id="studio_keys_delete", tags=["keys"], parameters=[IF_MATCH], responses={204: None})
    def delete(self, request: Request, maker: str, key: str) -> Response:
        """Revoke it, at once; anybody's on the team. It stays in the list."""
        if_match = request.headers.get("If-Match")
        services.revoke_key(maker=self.maker, key_id=key, if_match=if_match, actor=self.actor)
        return Response(status=204)


class KeyRotation(KeyDoor):
    errors = (StaleVersion, KeyOfAnother, KeyEnded, KeyReplaced, ScopeNotYours, TooManyKeys)

    @extend_schema(
        operation_id="studio_keys_rotate", tags=["keys"], parameters=[IF_MATCH], request=KeyRotationInput,
        responses={201: NewKeyOutput},
    )  # fmt: skip
    def post(self, request: Request, maker: str, key: str) -> Response:
        """Replace your key by one with a new secret; the old one ends after the overlap, or earlier if it would."""
        given = read_body(KeyRotationInput, request.data)
        successor, secret = services.rotate_key(
            membership=self.membership,
            key_id=key,
            overlap_hours=given.get("overlap_hours", DEFAULT_OVERLAP_HOURS),
            if_match=request.headers.get("If-Match"),
            actor=self.actor,
        )
        return answer_with_secret(successor, secret)
