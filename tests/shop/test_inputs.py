"""What an input says to who has sent something else than it takes."""

from typing import Any

import pytest
from django.http import QueryDict
from django.urls import get_resolver
from rest_framework import serializers

from shop.inputs import Choice, QueryInput, StrictSerializer, Text, WholeNumber, read_body, read_query


class RingInput(StrictSerializer):
    metal = Choice(["silver", "gold"])
    policy = Choice([("stock", "From the shelf"), ("made_to_order", "Made to order")])


def test_who_gives_another_word_is_told_which_there_are() -> None:
    given = RingInput(data={"metal": "tin", "policy": ["stock"]})
    assert not given.is_valid()
    assert given.errors == {"metal": ["Give one of: silver, gold."], "policy": ["Give one of: stock, made_to_order."]}
    assert given.errors["metal"][0].code == "invalid_choice"


def test_a_word_of_the_list_is_taken() -> None:
    given = RingInput(data={"metal": "gold", "policy": "stock"})
    assert given.is_valid()
    assert given.validated_data == {"metal": "gold", "policy": "stock"}


def inputs(shape: type[StrictSerializer] = StrictSerializer) -> list[type[StrictSerializer]]:
    return [shape, *(found for each in shape.__subclasses__() for found in inputs(each))]


def test_every_input_tells_its_choices() -> None:
    _ = get_resolver().url_patterns  # imports every door, and so every input

    def silent(name: str, field: Any) -> list[str]:
        if isinstance(field, serializers.ListField):
            return silent(name, field.child)
        return [name] if isinstance(field, serializers.ChoiceField) and not isinstance(field, Choice) else []

    fields = [
        (f"{shape.__module__}.{shape.__name__}.{name}", field)
        for shape in inputs()
        if not shape.__module__.startswith("tests.")
        for name, field in shape().fields.items()
    ]
    assert len(fields) > 50
    assert [found for name, field in fields for found in silent(name, field)] == []


class Query(QueryInput):
    limit = WholeNumber(min_value=1, default=24)


class Body(StrictSerializer):
    name = Text(max_length=5)
    tags = serializers.ListField(child=Text(), required=False)


def test_a_refusal_leaves_nothing_behind() -> None:
    for wrong in ("limit=0", "limit=1&limit=2", "colour=red", "limit=0&colour=red"):
        with pytest.raises(serializers.ValidationError):
            read_query(Query, QueryDict(wrong))
        assert read_query(Query, QueryDict("limit=7")) == {"limit": 7}
        assert read_query(Query, QueryDict("")) == {"limit": 24}


def test_what_one_request_sent_is_not_in_the_next() -> None:
    first = read_body(Body, {"name": "Ada", "tags": ["a"]})
    first["tags"].append("b")
    assert read_body(Body, {"name": "Ada"}) == {"name": "Ada"}
    assert read_body(Body, {"name": "Bea", "tags": ["a"]}) == {"name": "Bea", "tags": ["a"]}


def test_every_wrong_field_is_named() -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        read_body(Body, {"name": "too long", "colour": "red"})
    assert {field: [error.code for error in errors] for field, errors in refused.value.detail.items()} == {
        "name": ["max_length"],
        "colour": ["unknown_field"],
    }
