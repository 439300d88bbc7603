"""How stones and what was done to them are called. Patterns match the plain text of `words.py`."""

import re
from functools import cache

from catalog.catalogue.stones import KIND_OF_NAME
from catalog.catalogue.truth.words import JUBILEE, one_of

# A stone's names; a variety counts as its species, and the species as any of its varieties.
_NAMES = {
    "diamond": "diamonds?",
    "ruby": "ruby rubies",
    "sapphire": "sapphires? padparadscha",
    "emerald": "emeralds?",
    "beryl": "beryls? heliodor",
    "aquamarine": "aquamarines?",
    "morganite": "morganites?",
    "topaz": "topaz topazes",
    "pearl": "pearls?",
    "opal": "opals?",
    "garnet": "garnets? rhodolites? spessartines? tsavorites? almandines? demantoids?",
    "amethyst": "amethysts?",
    "citrine": "citrines?",
    "quartz": "quartz prasiolites?",
    "peridot": "peridots?",
    "tourmaline": "tourmalines? rubellites? indicolites?",
    "tanzanite": "tanzanites?",
    "spinel": "spinels?",
    "turquoise": "turquoises?",
    "moonstone": "moonstones?",
    "sunstone": "sunstones?",
    "labradorite": "labradorites?",
    "lapis": "lapis",
    "jade": "jade jadeite nephrite",
    "onyx": "onyx",
    "agate": "agates?",
    "carnelian": "carnelians?",
    "chalcedony": "chalcedon(?:y|ies) chrysoprase",
    "alexandrite": "alexandrites?",
    "zircon": "zircons?",
    "moissanite": "moissanites?",
    "cubic zirconia": "cubic_zirconias? cz",
    "coral": "corals?",
    "amber": "amber",
    "malachite": "malachites?",
    "iolite": "iolites?",
    "kunzite": "kunzites?",
    "larimar": "larimar",
    "obsidian": "obsidian",
}
_SPECIES = {
    "emerald": "beryl", "aquamarine": "beryl", "morganite": "beryl", "amethyst": "quartz", "citrine": "quartz",
    "onyx": "chalcedony", "agate": "chalcedony", "carnelian": "chalcedony", "chalcedony": "quartz",
}  # fmt: skip
# Made by people under a name that no mined stone is sold by; simulants say themselves what they are.
MADE = {"moissanite", "cubic zirconia"}
ONE_NAME = {name: re.compile(rf"\b(?:{one_of(forms)})\b") for name, forms in _NAMES.items()}
NAME = re.compile(rf"\b(?:{one_of(*_NAMES.values())})\b")
GEM = re.compile(r"\b(?:gems?|gemstones?|birthstones?)\b")

# Words of trade names that are part of the name, as in "boulder opal"; of some, made stones are made.
_NO_VARIETY = {"glass", "crystal", "shell", "paua", "mother", "of", "natural", "sea", "cultured", "freshwater"}
_VARIETIES = {
    word
    for name in KIND_OF_NAME
    for word in re.findall("[a-z]+", name)
    if not NAME.fullmatch(word) and len(word) > 2 and word not in _NO_VARIETY
}
COLOURS = one_of(
    *_VARIETIES,
    "blue pink teal white black yellow green red purple violet orange brown grey gray champagne cognac peach clear",
    "colou?rless fancy vivid light dark deep pale padparadscha parti star salt and pepper royal cornflower fire",
    "rose smoky london swiss sky",
)
PEARLS = one_of("freshwater saltwater akoya tahitian south sea seed baroque keshi edison biwa round button mabe coin")
CUTS = one_of(
    "round oval cushion princess emerald_cut asscher radiant marquise pear shaped heart trillion baguette step cut",
    "cabochon brilliant old mine european rose small tiny large big two three single",
)
# What may stand between the qualifier and the name, because it is part of the name: "lab-grown blue sapphire".
IN_NAME = rf"(?:(?:{COLOURS}) )*"
IN_PEARLS_NAME = rf"(?:(?:{PEARLS}|{COLOURS}) )*"

# "[Manufacturer]-created" is any word before it that is not an ordinary one.
_NO_MANUFACTURER = one_of("hand newly beautifully carefully specially a the with of in and our was is we it")
GROWN = r"lab(?:oratory)? ?(?:grown|created|made)|synthetic|man ?made"
LAB = (
    rf"(?:{GROWN}|lab(?:oratory)?|hydrothermal|flux grown"
    rf"|(?!(?:{_NO_MANUFACTURER}|{COLOURS}|{CUTS})\b)[a-z&]+ created)"
)
LAB_SAID = rf"(?:{GROWN}|lab diamonds?|grown in a lab(?:oratory)?)"
SIMULATED = r"(?:imitation|simulated|artificial)"
FAKE_MATERIAL = r"(?:glass|crystal|plastic|resin|acrylic|shell)"
CULTURED = r"(?:cultured|cultivated)"
# Of stones that are held together by what they are filled with.
FILLER = r"(?:composite|hybrid|manufactured|(?:lead )?(?:glass|resin) (?:filled|infused)|filler)"

# Names that are a colour, a cut, a pattern or a saying. "Diamond white gold" is not white like a diamond.
_PATTERN = one_of(
    "cut cuts cutting cutter shapes? shaped patterns? patterned tips? tipped files? saw drill burs? plate weave mesh",
    "knurl knurled knurling textures? textured motifs? stitch facets? engraved milled turned grit paste wheel kite",
    "quilt quilted buttons barley",
)
_COLOUR = one_of("blue red green pink white black grey gray yellow orange cream")
_LIKE = one_of(
    "colou?rs? colou?red tones? toned hued? dust dusted finish finished polish polished sheen lust(?:er|re) essence",
    "lacquer alternatives? simulants? substitutes? looks? lookalikes? like free inspired",
)
_SAYING = one_of(
    "city coast isle islands? hills? lake beach bay harbou?r ridge head reef sea ocean forest gables",
    "slippers? throated testers? setters?",
    JUBILEE,
)
_TINTED = one_of("enamel enamelled enameled glass resin ink paint painted glaze lacquer patina crystals?")
_CLOTH = one_of("leather cord silk thread ribbon cotton velvet suede acrylic plastic")
_NO_STONE_AFTER = re.compile(
    rf"(?:'s)? ?(?:{_PATTERN}|{_LIKE}|{_SAYING}|(?:{_COLOUR})(?! gold))\b"
    rf"| (?:{_TINTED}|{_CLOTH})\b|(?:,? (?:and|or|&) (?:{NAME.pattern}|{_COLOUR})| (?:{_COLOUR})) (?:{_TINTED})\b"
)
_NO_STONE_BEFORE = re.compile(
    r"\b(?:mother of|baseball|neil|lucy in the sky with|shades? of|colou?rs? of|(?:hard|bright|green|blue|red) as"
    r"|harder than|to match|alongside|goes with|pairs? with|over your|against|from your|colou?r:) $"
)
# "Emerald lab-grown diamond" is one of that cut.
_ANY_STONE = "|".join(re.escape(name.replace("-", " ")) for name in KIND_OF_NAME)
_CUT_OF = re.compile(
    rf" (?:(?:{FILLER}|{LAB}|{SIMULATED}|{CULTURED}|{COLOURS}|{PEARLS}) )*(?:{NAME.pattern}|(?:{_ANY_STONE})\b)"
)


@cache
def name_of(word: str) -> str:
    """The stone that a form of its name means: `rubies` are `ruby`, a `tsavorite` is a `garnet`."""
    return next(name for name, pattern in ONE_NAME.items() if pattern.fullmatch(word))


def names_in(declared: str) -> list[str]:
    return [name_of(found[0]) for found in NAME.finditer(_plain(declared))]


def is_called(declared: str, name: str) -> bool:
    """Whether a stone declared so may go by the name: an emerald is a beryl, but no aquamarine."""
    return any(name in (own, _SPECIES.get(own)) or own == _SPECIES.get(name) for own in names_in(declared))


def is_of_another(name: str, kind: str) -> bool:
    """Whether a stone's own name ends with that of another kind: a "Herkimer diamond" is a quartz."""
    plain = _plain(name)
    found = list(NAME.finditer(plain))
    return bool(found) and found[-1].end() == len(plain) and not is_called(kind, name_of(found[-1][0]))


def _plain(declared: str) -> str:
    return declared.casefold().replace("_", " ").replace("-", " ").replace("mother of pearl", "shell")


def names_no_stone(before: str, after: str, word: str) -> bool:
    """Whether the word, between these, is the name of a colour, a cut or a pattern."""
    if word == "emerald" and _CUT_OF.match(after):
        return True
    return bool(_NO_STONE_AFTER.match(after) or _NO_STONE_BEFORE.search(before))


def is_cultured(declared: str) -> bool:
    """Freshwater pearls and the like are never anything else in the trade."""
    return bool(re.search(rf"\b(?:{CULTURED}|{PEARLS})\b", declared.casefold().replace("_", " ")))


# What tells of a treatment; others tell by their own name.
_TOLD_BY = {
    "heated": "heat", "irradiated": "irradiat", "bleached": "bleach", "diffused": "diffus", "laser_drilled": "laser",
    "stabilized": "stabili[sz]", "dyed": "dye", "coated": "coat", "oiled": "oil", "resin_filled": "resin|fill",
    "fracture_filled": "fill", "glass_filled": "fill|lead glass", "waxed": "wax", "composite": "composite|reconstitut",
    "assembled": "doublet|triplet|assembl|layer", "annealed": "anneal", "hpht": "hpht|high pressure",
}  # fmt: skip


def tells_of(treatment: str) -> str:
    """A pattern for the beginnings of words that tell of the treatment."""
    said = _TOLD_BY.get(treatment) or re.escape(treatment.replace("_", " ").casefold())
    return rf"\b(?:{said}|treated|treatment|enhance[dm])"
