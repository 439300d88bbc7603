"""What may be said of gold: throughout, with its karat (16 CFR 23.3); as a layer; as vermeil (23.4)."""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from catalog.catalogue.metals import STERLING, VERMEIL_MICRONS
from catalog.catalogue.truth.declaration import Declaration, DeclaredMetal, karat_of
from catalog.catalogue.truth.words import JUBILEE, METAL_ASSERTED, Finding, Words, is_negated, one_of

VERMEIL_KARAT = 10
PURE = 24
LAYERS = {"vermeil": "gold vermeil", "filled": "gold-filled", "plated": "gold-plated"}

_COLOUR_OF = {"yellow": "yellow", "white": "white", "rose": "rose", "pink": "rose", "red": "rose", "green": "green"}
_NUMBERS = {
    "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fourteen": 14, "eighteen": 18, "twenty two": 22,
    "twenty four": 24,
}  # fmt: skip
_ADJECTIVES = one_of(
    "yellow white rose pink red green black blush champagne two_tone tri_tone",
    "solid recycled reclaimed fair_?mined fair_?trade ethical pure fine real genuine",
    "warm polished brushed hammered matte italian nickel_free palladium",
)
_NEXT_TO_GOLD = f"(?:(?:{_ADJECTIVES}) )*gold"
# A karat by number or word, by its mark in parts per thousand, or as the British write it: before "gold" only.
_KARAT = (
    rf"(?:(?<![\d.,$])(?P<n>[89]|1[024568]|2[0-4]) ?(?:karats?|(?:kts?|k)(?:\.(?= {_NEXT_TO_GOLD}\b))?)"
    r"(?=[^a-z]|gold|gf|gp|yellow|white|rose|$)"
    rf"|\b(?P<word>{'|'.join(_NUMBERS)}) (?:karats?\b|carats?(?= {_NEXT_TO_GOLD}))"
    rf"|(?<![\d.,/$])(?P<mark>375|416|417|583|585|750|916|917|999)(?= {_NEXT_TO_GOLD})"
    rf"|(?<![\d.,$])(?P<ct>9|1[048]|2[24]) ?(?:ct|carats?)(?= {_NEXT_TO_GOLD}))"
)
_A_KARAT = re.sub(r"\?P<\w+>", "?:", _KARAT)
KARAT = re.compile(_KARAT)
GOLD = re.compile(r"(?:(?<![a-z])|(?<=\dk)|(?<=\dkt))gold(?=(?:filled|plated|tone|toned)?(?![a-z]))")
# What may stand between a karat and the gold it is of: "14k yellow or white gold", "14k, 18k gold".
_BETWEEN = rf"(?:(?:{_A_KARAT}|(?:{_ADJECTIVES})\b|and\b|or\b|[,/&+(]) ?)"
_RUN = re.compile(rf"{_BETWEEN}+gold$")
_LINKS = re.compile(r"^(?:[ ,/&+(]|and |or )+")
_GOLD_FOLLOWS = re.compile(rf"\)? ?{_BETWEEN}*gold")

# Gold that is a colour, a picture or a saying.
_COLOUR_AFTER = one_of(
    "tones? toned hued? colou?rs? colou?red in_colou?r foil dust finish finished lust(?:er|re) enamel ink paint",
    "painted thread cord glitter flecks? flecked ribbon gift_box sheen rutiles? rutilated rutilations?",
)
_SAYING_AFTER = one_of("rush standard coast country canyon hill miners? mining panning fever free", JUBILEE)
_NO_METAL_AFTER = re.compile(
    rf" ?(?:{_COLOUR_AFTER}|{_SAYING_AFTER}|lea(?:f|ves) (?:motif|pattern|design|flakes?|inlay|details?|accents?))\b"
)
_NO_METAL_BEFORE = re.compile(
    r"\b(?:hearts? of|pots? of|fool'?s|nu|dutch|crayon|mosaic|liquid|go for|good as|olympic|strike|struck"
    r"|pann(?:ed|ing) for|to match|alongside|goes with|pairs? with|over your|shades? of) $"
)

_BASE = one_of("silver sterling brass bronze copper steel stainless titanium nickel base 925 pewter alloy metal a an")
_COATED = one_of(
    "filled fill gf gp plated? plating electroplated? overlay overlaid vermeil flash flashed wash washed dipped clad",
    "layer coat coated coating rolled_plate bonded",
)
_COATED_AFTER = re.compile(
    rf" ?(?P<how>{_COATED}|layered(?! (?:necklace|chain|look|set|style|bracelet)))\b|"
    rf" (?:over|on|covered|atop) (?:{_BASE})\b"
)
_COATED_BEFORE = re.compile(
    r"\b(?:(?:plated|dipped|coated|covered|clad|washed|layered|overlaid|flashed) (?:in|with)|vermeil|filled with|rolled"
    r"|(?:layer|plating|coating|flash|wash|film|overlay|skin|microns?|micromet(?:er|re)s?|um)(?: thick)? of"
    r"|(?:microns?|micromet(?:er|re)s?|um))(?: (?:real|genuine|thick|thin|a|layer|of))* $"
)
# How much of the weight of filled metal is gold: "1/20", or with the karat "14/20".
_SHARE = r"(?:1|9|1[0248]|2[24])/(?:[1-9]\d{0,2})"
_SHARE_SAID = re.compile(rf"(?<![\w./]){_SHARE}\b")
_FILLED = re.compile(r"\bgold ?fill(?:ed)?\b|(?<![a-z])(?:\d\dkt?)?gf\b|\brolled gold\b|\bgold overlay\b")
_OF_FILLED = re.compile(rf" (?:{_A_KARAT} ?)?(?:(?:{_ADJECTIVES}) )*(?:gold ?fill|gf\b|rolled gold|gold overlay)")
_LAYER = one_of("gold_?filled gf gp filled vermeil plated? plating layer coat coated coating bonded overlay over")
_LAYER_SAID = re.compile(rf"\b(?:{_LAYER})\b")
_OF_A_LAYER = re.compile(rf" ?(?:(?:{_ADJECTIVES}|rolled|{_SHARE}) )*(?:gold )?(?:{_LAYER})\b")
_NO_KARAT_AFTER = re.compile(
    rf" ?(?:{one_of('runs? race runner marathon finisher magic followers? steps hz resolution')})\b"
)
_VERMEIL = re.compile(r"\bvermeil\b")
_SOLID = re.compile(r"\bsolid\b")
_HOLLOW = re.compile(r"\bhollow\b")


def gold_findings(words: Words, declared: Declaration, *, is_hollow: bool) -> Iterator[Finding]:
    """Where the words of a field contradict the gold that is declared. `is_hollow`: other words say so."""
    for mention in words.mentions(GOLD):
        yield from _gold(words, mention, declared, is_hollow=is_hollow)
    yield from _karats_alone(words, declared)
    yield from _vermeil(words, declared)
    yield from _shares(words, declared)


def says_hollow(words: Words) -> bool:
    return any(not is_negated(words, found.start()) for found in words.mentions(_HOLLOW))


def _gold(words: Words, mention: re.Match[str], declared: Declaration, *, is_hollow: bool) -> Iterator[Finding]:
    run = _RUN.search(words.before(mention.end()))
    said = _LINKS.sub("", run[0]) if run else mention[0]
    start = mention.end() - len(said)
    place = (start, mention.end())
    if is_negated(words, start) or is_negated(words, mention.start()):
        return
    layer = _layer_said(words, start, mention.end())
    if not layer and (
        _NO_METAL_AFTER.match(words.after(mention.end())) or _NO_METAL_BEFORE.search(words.before(mention.start()))
    ):
        return
    karats = _karats(said)
    if layer:
        yield from _gold_layer(words, place, layer, karats, declared)
    else:
        yield from _gold_throughout(words, place, karats, declared)
        if is_hollow and _SOLID.search(said):
            fix = "Leave out solid: the words say elsewhere that the piece is hollow."
            yield words.found("hollow_called_solid", place, "23.3(a)", fix)


def _layer_said(words: Words, start: int, end: int) -> str:
    """Which layer these words make of the gold: `vermeil`, `filled`, `plated`, or "" for none."""
    after = _COATED_AFTER.match(words.after(end))
    before = _COATED_BEFORE.search(words.before(start))
    if not after and not before:
        return ""
    how = (after["how"] or "") if after else before[0] if before else ""
    if "vermeil" in how:
        return "vermeil"
    return "filled" if how.startswith(("fill", "gf", "rolled")) else "plated"


def _gold_layer(
    words: Words, place: tuple[int, int], layer: str, karats: list[int], declared: Declaration
) -> Iterator[Finding]:
    layers = declared.layers
    if not layers:
        # Prose may speak of other pieces: "unlike gold-plated rings, ..." harms nobody.
        if not words.is_prose:
            fix = "Declare the metal as gold-plated, gold-filled or vermeil, or leave these words out."
            yield words.found("coating_not_declared", place, "23.3(a)", fix)
        return
    if layer == "filled" and "filled" not in {one.kind for one in layers}:
        fix = "The gold is declared as vermeil or plated; say that, for filled metal holds at least 1/20 of gold."
        yield words.found("filled_not_declared", place, "23.3", fix)
    known = {one.karat for one in layers}
    wrong = [karat for karat in karats if karat not in known]
    if wrong and None not in known:
        yield words.found("karat_not_declared", place, "23.3(a)", f"The layer of gold is {_or(known)}.")


def _gold_throughout(
    words: Words, place: tuple[int, int], karats: list[int], declared: Declaration
) -> Iterator[Finding]:
    golds = declared.of("gold")
    if not golds:
        yield from _gold_missing(words, place, declared)
        return
    known = {gold.karat for gold in golds}
    wrong = [karat for karat in karats if karat not in known]
    if wrong:
        if not words.is_prose or METAL_ASSERTED.search(words.before(place[0])):
            fix = f"The gold is declared as {_or(known)}: say that, or declare the other."
            yield words.found("karat_not_declared", place, "23.3(a)", fix)
    elif not karats and known != {PURE} and not _may_be_bare(words, place[0], known):
        fix = f'Put the karat right before it: "{_or(known)} gold".'
        yield words.found("gold_without_karat", place, "23.3(b)(2)", fix)
    elif _hides_a_layer(words, declared):
        yield _layer_hidden(words, place, known)
    if not words.is_prose and not wrong:
        yield from _colours(words, place, golds)


def _gold_missing(words: Words, place: tuple[int, int], declared: Declaration) -> Iterator[Finding]:
    if declared.layers:
        kinds = " or ".join(sorted({LAYERS[layer.kind] for layer in declared.layers}))
        if not _says_layer_near(words, place):
            fix = f'The gold is only a layer: write "{kinds}".'
            yield words.found("plated_called_gold", place, "23.3(b)(3)", fix)
    elif not words.is_prose or METAL_ASSERTED.search(words.before(place[0])):
        fix = "No gold is declared: declare it with its karat, or leave the word out."
        yield words.found("metal_not_declared", place, "23.3(a)", fix)


def _hides_a_layer(words: Words, declared: Declaration) -> bool:
    """Whether the words call all variants gold, though of one of them the gold is a layer."""
    return declared.is_gilt and not words.is_prose and not words.is_tag and not _LAYER_SAID.search(words.plain)


def _layer_hidden(words: Words, place: tuple[int, int], known: set[int | None]) -> Finding:
    fix = f'Of some variants the gold is only a layer: say so beside it, as in "{_or(known)} gold or gold-plated".'
    return words.found("plated_called_gold", place, "23.3(b)(3)", fix)


def _says_layer_near(words: Words, place: tuple[int, int]) -> bool:
    """In prose, whether the layer is named in this sentence or before it: "gold-filled ... the gold"."""
    if not words.is_prose:
        return False
    first = words.once("layer", lambda: _LAYER_SAID.search(words.plain))
    return bool(first and first.start() < words.sentence_end(place[1]))


def _may_be_bare(words: Words, place: int, known: set[int | None]) -> bool:
    """A tag names a group; prose may say "the gold" once it has said which."""
    if words.is_tag or not words.is_prose:
        return words.is_tag
    said = (found for found in words.mentions(KARAT) if _karat(found) in known)
    first = words.once("karat", lambda: next(said, None))
    return bool(first and first.start() < place)


def _colours(words: Words, place: tuple[int, int], golds: list[DeclaredMetal]) -> Iterator[Finding]:
    known = {gold.colour for gold in golds}
    said = {_COLOUR_OF[word] for word in re.findall(r"[a-z]+", words.plain[slice(*place)]) if word in _COLOUR_OF}
    if said - known and all(known):
        fix = f"The gold is declared as {' or '.join(sorted(known))}: say that, or declare the other."
        yield words.found("gold_colour_not_declared", place, "23.1", fix)


def _karats_alone(words: Words, declared: Declaration) -> Iterator[Finding]:
    """A karat says gold even where the word does not follow: "14k ring"."""
    gold = {metal.karat for metal in declared.of("gold")}
    layers = {layer.karat for layer in declared.layers}
    for found in words.mentions(KARAT):
        karat = _karat(found)
        after = words.after(found.end())
        is_of_gold = _GOLD_FOLLOWS.match(after)
        if found["mark"] or is_of_gold or _NO_KARAT_AFTER.match(after) or is_negated(words, found.start()):
            continue
        if karat in gold:
            if _hides_a_layer(words, declared):
                yield _layer_hidden(words, found.span(), gold)
            continue
        if words.is_prose or (layers and _OF_A_LAYER.match(after) and layers & {karat, None}):
            continue
        place = (found.start(), found.end())
        if gold:
            fix = f"The gold is declared as {_or(gold)}: say that, or declare the other."
            yield words.found("karat_not_declared", place, "23.3(a)", fix)
        elif layers and not _OF_A_LAYER.match(after):
            fix = "The gold is only a layer: say plated, filled or vermeil right behind the karat."
            yield words.found("plated_called_gold", place, "23.3(b)(3)", fix)
        else:
            known = f" but {_or(layers)}" if layers else ""
            fix = f"No gold of this karat is declared{known}: declare it, or leave the karat out."
            yield words.found("karat_not_declared" if layers else "metal_not_declared", place, "23.3(a)", fix)


def _vermeil(words: Words, declared: Declaration) -> Iterator[Finding]:
    layers = {metal.layer: metal for metal in declared.metals if metal.layer}
    vermeil = {layer: metal for layer, metal in layers.items() if layer.kind == "vermeil"}
    for found in words.mentions(_VERMEIL):
        if is_negated(words, found.start()):
            continue
        place = (found.start(), found.end())
        if not vermeil:
            if layers or not words.is_prose:
                fix = "Declare vermeil, or say what it is: gold-plated or gold-filled."
                yield words.found("vermeil_not_declared", place, "23.4", fix)
            continue
        if all((layer.microns or VERMEIL_MICRONS) < VERMEIL_MICRONS for layer in vermeil):
            fix = f"Vermeil has at least {VERMEIL_MICRONS} micrometres of gold: say gold-plated sterling silver."
            yield words.found("vermeil_thin", place, "23.4", fix)
        if all(metal.family != "silver" or (metal.fineness or 0) < STERLING for metal in vermeil.values()):
            fix = "Vermeil is gold over sterling silver: say gold-plated and name what is under it."
            yield words.found("vermeil_base", place, "23.4", fix)
        if all((layer.karat or PURE) < VERMEIL_KARAT for layer in vermeil):
            yield words.found("vermeil_below_10k", place, "23.4", "Vermeil is gold of at least 10k: say gold-plated.")


def _shares(words: Words, declared: Declaration) -> Iterator[Finding]:
    """Filled metal of less than 1/20 of gold says how much it is; nothing says more than was declared."""
    filled = [layer for layer in declared.layers if layer.kind == "filled" and layer.fraction]
    known = {Fraction(layer.fraction) for layer in filled}
    if not filled:
        return
    fractions = " or ".join(sorted(layer.fraction for layer in filled))
    if all(layer.is_thin for layer in filled):
        if known.isdisjoint(map(_share, words.mentions(_SHARE_SAID))):
            fix = f'Of less than 1/20 of gold the share stands right before it: "{fractions} 14k gold-filled".'
            for found in words.mentions(_FILLED):
                if not is_negated(words, found.start()):
                    yield words.found("filled_below_1_20", found.span(), "23.3(c)", fix)
        return
    for found in words.mentions(_SHARE_SAID):
        if _share(found) not in known and _OF_FILLED.match(words.after(found.end())):
            fix = f"The share of gold is declared as {fractions}: say that, or correct the declaration."
            yield words.found("share_not_declared", found.span(), "23.3(a)", fix)


def _share(found: re.Match[str]) -> Fraction:
    return Fraction(1, int(found[0].partition("/")[2]))


def _karats(text: str) -> list[int]:
    return [_karat(found) for found in KARAT.finditer(text)]


def _karat(found: re.Match[str]) -> int:
    if found["mark"]:
        return karat_of(Decimal(found["mark"])) or 0
    return _NUMBERS.get(found["word"] or "") or int(found["n"] or found["ct"])


def _or(karats: set[int | None]) -> str:
    return " or ".join(f"{karat}k" for karat in sorted(karat for karat in karats if karat))
