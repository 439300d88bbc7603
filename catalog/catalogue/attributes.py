"""Which attributes each type of piece has: one table, read by the studio's doors, the storefront's table of facts and
the forms that a studio draws. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, get_args

from shop.errors import FieldError

Kind = Literal["text", "choice", "choices", "texts", "number", "boolean"]
Unit = Literal["mm", "in", "ct", "g", ""]
KINDS: tuple[str, ...] = get_args(Kind)
UNITS: tuple[str, ...] = tuple(filter(None, get_args(Unit)))

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")
MAX_SHOWN = 64


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: its code, label and kind, and what its value may be.

    The value of a `number` is a decimal string in `unit`, from `least` to `most`; of a `choice` one of `choices`; of
    `choices` a list of them; of a `text` at most `longest` characters; of `texts` a list of such, at most `items`.
    """

    code: str
    label: str
    kind: Kind
    unit: Unit = ""
    choices: tuple[tuple[str, str], ...] = ()
    least: Decimal | None = None
    most: Decimal | None = None
    longest: int | None = None
    items: int | None = None
    note: str = ""


def _choices(*codes: str) -> tuple[tuple[str, str], ...]:
    return tuple((code, code.replace("_", " ")) for code in codes)


def _choice(code: str, label: str, *codes: str, note: str = "") -> Attribute:
    return Attribute(code, label, "choice", choices=_choices(*codes), note=note)


def _several(code: str, label: str, *codes: str, note: str = "") -> Attribute:
    return Attribute(code, label, "choices", choices=_choices(*codes), items=len(codes), note=note)


def _number(code: str, label: str, unit: Unit, most: str, least: str = "0.01", note: str = "") -> Attribute:
    return Attribute(code, label, "number", unit=unit, least=Decimal(least), most=Decimal(most), note=note)


def _text(code: str, label: str, longest: int, note: str = "") -> Attribute:
    return Attribute(code, label, "text", longest=longest, note=note)


# The EU lets nickel leave metal at no more than 0.5 microgram/cm2/week, 0.2 for what goes through a piercing
# (Regulation (EC) 1907/2006, Annex XVII, entry 27); `nickel_release_tested` says that this was measured. The United
# States have no limit.
NICKEL = Attribute(
    "nickel", "Nickel", "choice",
    choices=(
        ("nickel_free", "nickel-free"),
        ("contains_nickel", "contains nickel"),
        ("nickel_release_tested", "nickel release tested"),
    ),
    note="`nickel_release_tested`: within 0.5 microgram/cm2/week, 0.2 for piercings (the EU's limit).",
)  # fmt: skip
SURFACE = (
    _several(
        "finish", "Finish", "polished", "matte", "brushed", "satin", "hammered", "oxidized", "sandblasted",
        "florentine", "bark", "textured", "engraved", "enamelled",
    ),
    _several(
        "technique", "Technique", "lost_wax_cast", "forged", "hand_fabricated", "granulation", "filigree", "repousse",
        "chasing", "hand_engraved", "inlay", "enamel", "mokume_gane", "wire_wrapped", "handwoven_chain", "beadwork",
        "knotted", "stone_cutting", "3d_printed_wax",
    ),
)  # fmt: skip
SIZE = (
    _number("width_mm", "Width", "mm", "2000"),
    _number("height_mm", "Height", "mm", "2000"),
    _number("depth_mm", "Depth", "mm", "2000"),
)
CARE = _text("care", "Care", 1_000, "How the wearer keeps it.")
ALL_METAL = (*SIZE, *SURFACE, NICKEL, CARE)

SETTING = _choice(
    "setting", "Setting", "solitaire", "three_stone", "halo", "eternity", "half_eternity", "cluster", "bezel",
    "channel", "pave", "flush", "tension", "side_stones",
)  # fmt: skip
PROFILE = _choice(
    "profile", "Profile", "court", "d_shape", "flat", "half_round", "knife_edge", "round", "square", "tapered", "other"
)  # fmt: skip
EARRING_FASTENING = _choice(
    "fastening", "Fastening", "post", "hook", "lever_back", "hinged", "hoop", "screw_back", "threader", "clip",
    "flat_back", "other",
)  # fmt: skip
BROOCH_FASTENING = _choice(
    "fastening", "Fastening", "pin_and_c_catch", "safety_catch", "tie_tack", "magnetic", "stick_pin", "other"
)  # fmt: skip
CUFFLINK_BACKING = _choice(
    "backing", "Backing", "swivel", "whale_back", "chain", "fixed", "ball_return", "double_sided", "other"
)  # fmt: skip
BAND = (
    _number("band_width_mm", "Band width", "mm", "50"),
    _number("band_thickness_mm", "Band thickness", "mm", "20"),
)
CHAIN_STYLE = _choice(
    "chain_style", "Chain", "cable", "rolo", "box", "curb", "figaro", "paperclip", "rope", "snake", "wheat",
    "herringbone", "singapore", "satellite", "ball", "byzantine", "bead_strand", "cord", "other",
)  # fmt: skip
# Chains are sold in inches: choker 14-16, princess 16-18, matinee 20-24, opera 28-32, rope above.
CHAIN = (
    CHAIN_STYLE,
    _number("chain_width_mm", "Chain width", "mm", "50"),
    _number("length_in", "Length", "in", "120", note="Of the chain, clasp included."),
    _number("extender_in", "Extender", "in", "12"),
)
CLASP = _choice(
    "clasp", "Clasp", "lobster", "spring_ring", "toggle", "box", "magnetic", "hook", "barrel", "fishhook", "slider",
    "none", "other",
)  # fmt: skip
WRIST = (
    _number("inner_circumference_mm", "Inner circumference", "mm", "400"),
    _number("length_in", "Length", "in", "20", note="Of the open bracelet; a wrist and 0.5 to 1.25 inches."),
)
PENDANT = (
    _number("pendant_width_mm", "Pendant width", "mm", "300"),
    _number("pendant_height_mm", "Pendant height", "mm", "300", note="Bail included."),
    _number("bail_opening_mm", "Bail opening", "mm", "50", note="The thickest chain end that goes through."),
)

# By type: its label and its attributes, in the order in which they are shown.
TYPES: dict[str, tuple[str, tuple[Attribute, ...]]] = {
    "ring": (
        "Ring",
        (
            *BAND,
            PROFILE,
            _choice("fit", "Fit", "comfort", "standard"),
            SETTING,
            Attribute("resizable", "Can be resized", "boolean"),
            *ALL_METAL,
        ),
    ),
    "earrings": (
        "Earrings",
        (
            _choice("sold_as", "Sold as", "pair", "single"),
            EARRING_FASTENING,
            _number("drop_mm", "Drop", "mm", "300", note="From the ear to the lowest point."),
            _number("hoop_diameter_mm", "Hoop diameter", "mm", "200", note="Outer."),
            SETTING,
            *ALL_METAL,
        ),
    ),
    "necklace": ("Necklace", (*CHAIN, CLASP, *PENDANT, *ALL_METAL)),
    "pendant": (
        "Pendant",
        (*PENDANT, Attribute("chain_included", "Chain included", "boolean"), *CHAIN, CLASP, SETTING, *ALL_METAL),
    ),
    "bracelet": ("Bracelet", (*WRIST, CHAIN_STYLE, CLASP, SETTING, *ALL_METAL)),
    "bangle": (
        "Bangle",
        (
            _number("inner_circumference_mm", "Inner circumference", "mm", "400"),
            _number("inner_diameter_mm", "Inner diameter", "mm", "130"),
            _choice("opening", "Opening", "closed", "open_cuff", "hinged"),
            *BAND,
            SETTING,
            *ALL_METAL,
        ),
    ),
    "anklet": ("Anklet", (*CHAIN, CLASP, *ALL_METAL)),
    "brooch": (
        "Brooch",
        (
            BROOCH_FASTENING,
            SETTING,
            *ALL_METAL,
        ),
    ),
    "cufflinks": (
        "Cufflinks",
        (
            _choice("sold_as", "Sold as", "pair", "single"),
            CUFFLINK_BACKING,
            _number("face_width_mm", "Width of the face", "mm", "60"),
            _number("face_height_mm", "Height of the face", "mm", "60"),
            *ALL_METAL,
        ),
    ),
    "charm": (
        "Charm",
        (
            _choice("attachment", "Attachment", "jump_ring", "lobster", "bead", "clip", "bail", "threaded", "none"),
            _number("opening_mm", "Opening", "mm", "50"),
            *ALL_METAL,
        ),
    ),
    "loose_stone": (
        "Loose stone",
        (
            _number("length_mm", "Length", "mm", "500"),
            *SIZE,
            _text("shape", "Shape", 64),
            _text("colour", "Colour", 64, "In the words of its report, where there is one."),
            _text("clarity", "Clarity", 64),
            CARE,
        ),
    ),
    "kit": (
        "Kit",
        (
            Attribute("contents", "Contents", "texts", longest=200, items=100, note="One line for each thing in it."),
            _choice("skill_level", "Skill", "beginner", "intermediate", "advanced"),
            _text("makes", "What it makes", 200),
            _text("tools_needed", "Tools needed besides", 500),
            *SIZE,
            NICKEL,
            CARE,
        ),
    ),
    "other": ("Other", ALL_METAL),
}
PRODUCT_TYPES: tuple[str, ...] = tuple(TYPES)


def label_of(product_type: str) -> str:
    return TYPES[product_type][0]


def attributes_of(product_type: str) -> dict[str, Attribute]:
    """The attributes of a type by code, in the order in which they are shown."""
    return {attribute.code: attribute for attribute in TYPES[product_type][1]}


class _Refused(ValueError):
    """A value that cannot be the attribute's: a stable code, and a sentence that says what would be right."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_attributes(product_type: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """The attributes as the catalog keeps them, in the table's order, and what is wrong with the others.

    One that is null or empty is left out: nothing is said of it.
    """
    known = attributes_of(product_type)
    kept: dict[str, Any] = {}
    errors = [_unknown(product_type, name) for name in given if name not in known]
    for name, attribute in known.items():
        if given.get(name) in (None, "", []):
            continue
        try:
            kept[name] = READERS[attribute.kind](attribute, given[name])
        except _Refused as refused:
            errors.append({"field": f"attributes.{name}", "code": refused.code, "message": str(refused)})
    return kept, errors


def _unknown(product_type: str, name: str) -> FieldError:
    shown = CONTROLS.sub(" ", name)[:MAX_SHOWN]
    types = [other for other in TYPES if name in attributes_of(other)]
    if types:
        message = f"{shown} belongs to {', '.join(types)}, not to {product_type}."
        return {"field": f"attributes.{shown}", "code": "other_type", "message": message}
    message = f"No type of piece has an attribute {shown}."
    return {"field": f"attributes.{shown}", "code": "unknown_attribute", "message": message}


def _read_text(attribute: Attribute, value: Any) -> str:
    longest = attribute.longest or 0
    if not isinstance(value, str) or CONTROLS.search(value) or not value.strip():
        raise _Refused("not_text", "Give a text of one line.")
    if len(value.strip()) > longest:
        raise _Refused("too_long", f"Give at most {longest:,} characters.")
    return value.strip()


def _read_choice(attribute: Attribute, value: Any) -> str:
    codes = [code for code, _ in attribute.choices]
    if not isinstance(value, str) or value not in codes:
        raise _Refused("no_choice", f"Give one of {', '.join(codes)}.")
    return value


def _read_number(attribute: Attribute, value: Any) -> str:
    hint = f'Give a decimal number in a string, such as "12.5", from {attribute.least} to {attribute.most}.'
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        raise _Refused("not_a_number", hint)
    number = Decimal(value)
    if attribute.least is None or attribute.most is None or not attribute.least <= number <= attribute.most:
        raise _Refused("out_of_range", hint)
    return f"{number.normalize():f}"


def _read_boolean(attribute: Attribute, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Refused("not_boolean", "Give true or false.")
    return value


def _each(read: Callable[[Attribute, Any], str]) -> Callable[[Attribute, Any], list[str]]:
    def read_list(attribute: Attribute, value: Any) -> list[str]:
        if not isinstance(value, list):
            raise _Refused("not_a_list", "Give a list.")
        if len(value) > (attribute.items or 0):
            raise _Refused("too_many", f"Give at most {attribute.items}.")
        return list(dict.fromkeys(read(attribute, item) for item in value))

    return read_list


READERS: dict[Kind, Callable[[Attribute, Any], Any]] = {
    "text": _read_text,
    "choice": _read_choice,
    "number": _read_number,
    "boolean": _read_boolean,
    "choices": _each(_read_choice),
    "texts": _each(_read_text),
}


def in_words(product_type: str, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """The attributes as a storefront lists them: `[{code, label, value}]`, in the table's order."""
    return [
        {"code": code, "label": attribute.label, "value": _words(attribute, values[code])}
        for code, attribute in attributes_of(product_type).items()
        if code in values
    ]


def _words(attribute: Attribute, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    labels = dict(attribute.choices)
    items: Iterable[str] = value if isinstance(value, list) else [value]
    words = ", ".join(labels.get(item, item) for item in items)
    return f"{words} {attribute.unit}" if attribute.unit else words
