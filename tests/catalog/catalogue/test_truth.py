"""The truth table: what makers write, what they declared, and what is refused (16 CFR 23)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.catalogue.metals import METALS, Part
from catalog.catalogue.stones import (
    CARAT_IS,
    CUTS,
    ORIGIN_WORDS,
    OTHER,
    STONE_KINDS,
    TREATMENTS,
    StoneKind,
    plain_stone,
    stone_in_words,
)
from catalog.catalogue.truth.check import contradictions
from catalog.catalogue.truth.declaration import (
    Declaration,
    DeclaredMetal,
    DeclaredStone,
    GoldLayer,
    declaration_of,
    declared_metal,
    declared_stone,
)


def of(*metals: str | DeclaredMetal, stones: tuple[DeclaredStone, ...] = (), **more: object) -> Declaration:
    known = tuple(metal if isinstance(metal, DeclaredMetal) else declared_metal(Part("", metal)) for metal in metals)
    return Declaration(metals=known, stones=stones, **more)  # type: ignore[arg-type]


def stone(kind: str, origin: str = "natural", carat: str | None = None, **more: object) -> DeclaredStone:
    return DeclaredStone(kind, origin, carat=Decimal(carat) if carat else None, **more)  # type: ignore[arg-type]


def silver(fineness: int) -> DeclaredMetal:
    return DeclaredMetal("silver", Decimal(fineness))


def vermeil(microns: str | None = "2.5", karat: int = 14, base: DeclaredMetal | None = None) -> DeclaredMetal:
    under = base or silver(925)
    thick = Decimal(microns) if microns else None
    return DeclaredMetal(under.family, under.fineness, layer=GoldLayer("vermeil", karat, thick))


def filled(fraction: str, karat: int = 14) -> DeclaredMetal:
    return DeclaredMetal("base", layer=GoldLayer("filled", karat, fraction=fraction))


def variants(*variants: list[str]) -> Declaration:
    """Of several variants, each with parts of these metals."""
    made = [[Part(f"part {number}", metal) for number, metal in enumerate(metals)] for metals in variants]
    return declaration_of(variants=made, stones=[], attributes={}, maker="")


YELLOW, WHITE, ROSE = of("14k-yellow-gold"), of("14k-white-gold"), of("14k-rose-gold")
G18, G24, G10_14 = of("18k-yellow-gold"), of("24k-yellow-gold"), of("10k-yellow-gold", "14k-yellow-gold")
STERLING, BRASS, NOTHING = of("sterling-silver"), of("brass"), of()
FILLED, PLATED, VERMEIL = of("gold-filled"), of("gold-plated"), of("gold-vermeil")
MIXED = of("sterling-silver", "14k-yellow-gold")
GOLD_OR_GILT = variants(["14k-yellow-gold"], ["gold-plated"])
ON_FILLED_CHAIN = variants(["14k-yellow-gold", "gold-filled"], ["14k-white-gold"])
THINLY_FILLED = of(filled("1/40"))
LAB = of("14k-white-gold", stones=(stone("diamond", "lab_grown", "1.00"),))
MINED = of("14k-yellow-gold", stones=(stone("diamond", "natural", "0.50"),))
LAB_SAPPHIRE = of("sterling-silver", stones=(stone("sapphire", "lab_grown", "1.05"),))
SAPPHIRE = of("14k-yellow-gold", stones=(stone("sapphire", carat="1.42"),))
MOISSANITE = of("14k-yellow-gold", stones=(stone("moissanite", "lab_grown", "0.80"),))
SIMULATED = of("sterling-silver", stones=(stone("diamond", "simulated"),))
CZ = of("sterling-silver", stones=(stone("cubic zirconia", "simulated"),))
CULTURED = of("sterling-silver", stones=(stone("cultured pearl", count=2),))
FRESHWATER = of("sterling-silver", stones=(stone("freshwater pearl"),))
FAKE_PEARL = of("sterling-silver", stones=(stone("pearl", "simulated"),))
COMPOSITE = of("sterling-silver", stones=(stone("ruby", treatment="composite", carat="2.00"),))
GLASS_FILLED = of("sterling-silver", stones=(stone("ruby", treatment="glass_filled"),))
MELEE = of("14k-white-gold", stones=(stone("diamond", carat="1.20"), stone("diamond", carat="0.18", count=18)))

TITLES: dict[str, list[tuple[str, Declaration, list[str]]]] = {
    "gold needs its karat right before it, 23.3(b)(2)": [
        ("14k Gold Ring", YELLOW, []),
        ("14k Yellow Gold Band", YELLOW, []),
        ("14K Solid Gold Hoops", YELLOW, []),
        ("Solid 14k gold hoops", YELLOW, []),
        ("14kt white gold studs", WHITE, []),
        ("14-karat rose-gold ring", ROSE, []),
        ("14 Kt. Gold Ring", YELLOW, []),
        ("14 K. yellow gold ring", YELLOW, []),
        ("14 Kt. Gold Chain", PLATED, ["plated_called_gold"]),
        ("18 Kt. Gold Ring", YELLOW, ["karat_not_declared"]),
        ("Fourteen karat gold ring", YELLOW, []),
        ("Recycled 14k Gold Ring", YELLOW, []),
        ("14k recycled yellow gold ring", YELLOW, []),
        ("585 Gold Ring", YELLOW, []),
        ("750 gold signet", G18, []),
        ("9ct Gold Band", of("9k-yellow-gold"), []),
        ("18 carat gold ring", G18, []),
        ("10k or 14k gold signet", G10_14, []),
        ("10k/14k yellow gold signet", G10_14, []),
        ("14k Ring", YELLOW, []),
        ("Gold nugget pendant, 24k", G24, []),
        ("Pure Gold Coin Pendant", G24, []),
        ("Gold Ring", YELLOW, ["gold_without_karat"]),
        ("Solid Gold Ring", YELLOW, ["gold_without_karat"]),
        ("White Gold Ring", WHITE, ["gold_without_karat"]),
        ("Gold Ring, 14k", YELLOW, ["gold_without_karat"]),
        ("Recycled Gold Band", YELLOW, ["gold_without_karat"]),
        ("GOLD ring", YELLOW, ["gold_without_karat"]),
    ],
    "the karat is the declared one, 23.3(a)": [
        ("18k Gold Ring", YELLOW, ["karat_not_declared"]),
        ("18K ring", YELLOW, ["karat_not_declared"]),
        ("750 Gold Ring", YELLOW, ["karat_not_declared"]),
        ("10k, 14k and 18k gold band", G10_14, ["karat_not_declared"]),
        ("14k rose gold ring", YELLOW, ["gold_colour_not_declared"]),
        ("14k green gold ring", YELLOW, ["gold_colour_not_declared"]),
        ("14k green gold ring", of("14k-green-gold"), []),
        ("Ring stamped 585", YELLOW, []),
        ("Ring stamped 750", YELLOW, ["fineness_not_declared"]),
        ("10k Run Finisher Charm", STERLING, []),
    ],
    "what is only covered is not gold, 23.3(b)(3)": [
        ("Gold-Filled Chain", FILLED, []),
        ("14/20 Gold Filled Chain", FILLED, []),
        ("14k Gold-Filled Hoops", FILLED, []),
        ("14kgf hoops", FILLED, []),
        ("Gold Plated Brass Ring", PLATED, []),
        ("18k gold-plated bangle", PLATED, []),
        ("Ring plated with 14k gold", PLATED, []),
        ("Ring dipped in gold", PLATED, []),
        ("Gold over Brass Cuff", PLATED, []),
        ("Goldfilled earrings", FILLED, []),
        ("14k Gold Chain", FILLED, ["plated_called_gold"]),
        ("Gold Chain", PLATED, ["plated_called_gold"]),
        ("14k Chain", FILLED, ["plated_called_gold"]),
        ("Solid gold chain", VERMEIL, ["plated_called_gold"]),
        ("Gold-Filled Chain", PLATED, ["filled_not_declared"]),
        ("Gold plated chain", BRASS, ["coating_not_declared"]),
        ("18k gold plated ring", of(vermeil(karat=14)), ["karat_not_declared"]),
        ("Rhodium plated 14k white gold ring", WHITE, []),
        ("14k Gold Ring", GOLD_OR_GILT, ["plated_called_gold"]),
        ("14k Ring", GOLD_OR_GILT, ["plated_called_gold"]),
        ("14k Gold or Gold-Plated Ring", GOLD_OR_GILT, []),
        ("Ring in 14k gold or vermeil", GOLD_OR_GILT, ["vermeil_not_declared"]),
        ("Moon Ring", GOLD_OR_GILT, []),
        ("14k Gold Pendant", ON_FILLED_CHAIN, []),
        ("14k Rolled Gold Plate Bangle", of(filled("1/40")), ["filled_below_1_20"]),
        ("1/40 14k Rolled Gold Plate Bangle", of(filled("1/40")), []),
        ("14k Rolled Gold Plate Bangle", of(filled("1/20")), []),
        ("1/20 14k Gold-Filled Chain", of(filled("1/20")), []),
        ("14k 1/20 GF Chain", of(filled("1/20")), []),
        ("1/40 14k Gold-Filled Chain", THINLY_FILLED, []),
        ("14k Gold-Filled Chain", THINLY_FILLED, ["filled_below_1_20"]),
        ("Gold-Filled Chain", THINLY_FILLED, ["filled_below_1_20"]),
        ("12/20 Gold-Filled Chain", of(filled("1/20", karat=12)), []),
        ("12k Gold-Filled Chain", of(filled("1/20", karat=12)), []),
        ("14k gf Chain", THINLY_FILLED, ["filled_below_1_20"]),
        ("1/20 14k Gold-Filled Chain", THINLY_FILLED, ["filled_below_1_20"]),
        ("14/20 Gold-Filled Chain", THINLY_FILLED, ["filled_below_1_20"]),
        ("14/40 Gold-Filled Chain", THINLY_FILLED, []),
    ],
    "vermeil, 23.4": [
        ("Gold Vermeil Hoops", VERMEIL, []),
        ("14k gold vermeil hoops", of(vermeil()), []),
        ("Vermeil Brooch", VERMEIL, []),
        ("14k vermeil brooch", of(vermeil()), []),
        ("Gold over silver pendant", VERMEIL, []),
        ("Sterling silver pendant, gold-plated", VERMEIL, []),
        ("Vermeil Hoops", PLATED, ["vermeil_not_declared"]),
        ("Vermeil Hoops", of(vermeil("1.0")), ["vermeil_thin"]),
        ("Vermeil Hoops", of(vermeil(base=DeclaredMetal("base"))), ["vermeil_base"]),
        ("Vermeil Hoops", of(vermeil(karat=9)), ["vermeil_below_10k"]),
        ("18k gold vermeil ring", of(vermeil(karat=14)), ["karat_not_declared"]),
    ],
    "gold that is no metal": [
        ("Golden Retriever Charm", STERLING, []),
        ("Gold leaf motif pendant", STERLING, []),
        ("Gold Leaf Earrings", STERLING, ["metal_not_declared"]),
        ("Black Gold Ring", STERLING, ["metal_not_declared"]),
        ("Rose gold tone ring", BRASS, []),
        ("Gold-tone brass ring", BRASS, []),
        ("Brass Ring, Gold-Colored", BRASS, []),
        ("Heart of Gold Locket", STERLING, []),
        ("Fool's Gold Pendant", STERLING, []),
        ("Goldstone Pendant", STERLING, []),
        ("Gold Jubilee Brooch", STERLING, []),
        ("Gold Jubilee Bracelet", STERLING, ["metal_not_declared"]),
        ("Marigold Studs", STERLING, []),
        ("Goldfinch Charm", STERLING, []),
        ("Brass ring, not gold", BRASS, []),
        ("Gold Enamel Pin", STERLING, []),
        ("Gold Ring", STERLING, ["metal_not_declared"]),
        ("14k Gold Ring", NOTHING, ["metal_not_declared"]),
        ("Silver and 14k gold ring", MIXED, []),
        ("Two-tone ring in silver and gold", MIXED, ["gold_without_karat"]),
        ("Gold Rutilated Quartz Ring", of("sterling-silver", stones=(stone("quartz"),)), []),
        ("Gold Sheen Obsidian Ring", of("sterling-silver", stones=(stone("obsidian"),)), []),
    ],
    "silver, 23.5": [
        ("Sterling Silver Ring", STERLING, []),
        ("Silver Ring", STERLING, []),
        ("925 Silver Ring", STERLING, []),
        ("Argentium 935 Silver Cuff", of("argentium-935-silver"), []),
        ("Fine Silver Pendant", of("fine-silver"), []),
        ("Silver Lining Pendant", BRASS, []),
        ("Silver Moon Pendant", BRASS, ["metal_not_declared"]),
        ("Silver-Plated Brass Tray", BRASS, []),
        ("Brass plated with silver", BRASS, []),
        ("German Silver Buckle", of(DeclaredMetal("base")), []),
        ("Nickel silver buckle", of(DeclaredMetal("base")), []),
        ("Silver-tone buckle", BRASS, []),
        ("800 Silver Spoon Ring", of(silver(800)), []),
        ("Coin Silver Ring", of(silver(900)), []),
        ("Sterling Ring", of(silver(900)), ["sterling_below_925"]),
        ("Sterling Silver Spoon Ring", of(silver(800)), ["sterling_below_925"]),
        ("Silver Spoon Ring", of(silver(800)), ["silver_without_fineness"]),
        ("Coin Silver Ring", of(silver(800)), ["coin_silver_below_900"]),
        ("Fine Silver Ring", STERLING, ["fineness_not_declared"]),
        ("Silver Ring", BRASS, ["metal_not_declared"]),
        ("Silver Jubilee Brooch", BRASS, []),
        ("Sterling Silver Ring", of("stainless-steel"), ["metal_not_declared"]),
        ("925 Ring", STERLING, []),
        ("S925 Hoops", STERLING, []),
        ("Ring, 925, 14k gold", MIXED, []),
        ("925 Ring", BRASS, ["metal_not_declared"]),
        ("S925 Hoops", BRASS, ["metal_not_declared"]),
        ("Brass hoops, 925 plated", BRASS, []),
        ("925 Ring", of(silver(800)), ["fineness_not_declared"]),
        ("18k Gold Plated 925 Hoops", PLATED, []),
        ("Ring No. 925", BRASS, []),
        ("Ring 925-1234", BRASS, []),
        ("Ring under $925", BRASS, []),
        ("Silver Obsidian Pendant", of("14k-yellow-gold", stones=(stone("obsidian"),)), []),
    ],
    "platinum, 23.6": [
        ("Platinum Band", of("platinum-950"), []),
        ("950 Platinum Band", of("platinum-950"), []),
        ("950 Plat Band", of("platinum-950"), []),
        ("Pt950 Band", of("platinum-950"), []),
        ("900 Platinum Band", of("platinum-900"), []),
        ("Platinum 900 Band", of("platinum-900"), []),
        ("Platinum-tone band", STERLING, []),
        ("Platinum Band", of("platinum-900"), ["platinum_below_950"]),
        ("950 Platinum Band", of("platinum-900"), ["fineness_not_declared"]),
        ("Platinum Band", STERLING, ["metal_not_declared"]),
        ("Platinum Plated Band", STERLING, []),
        ("Platinum Jubilee Brooch", STERLING, []),
        ("Platinum Jubilee Bracelet", STERLING, ["metal_not_declared"]),
        ("Platinum and 14k White Gold Band", WHITE, ["metal_not_declared"]),
        ("Platinum White Gold Band", WHITE, ["gold_without_karat", "metal_not_declared"]),
    ],
    "palladium, 23.6": [
        ("Palladium Band", of("palladium-950"), []),
        ("Palladium 950 Band", of("palladium-950"), []),
        ("Pd950 Band", of("palladium-950"), []),
        ("500 Palladium Band", of("palladium-500"), []),
        ("14k Palladium White Gold Band", WHITE, []),
        ("Band of 14k white gold alloyed with palladium", WHITE, []),
        ("14k white gold, whitened with pure palladium", WHITE, []),
        ("Palladium-alloyed 14k white gold band", WHITE, []),
        ("Silver alloyed with palladium", STERLING, ["metal_not_declared"]),
        ("14k white gold and palladium band", WHITE, ["metal_not_declared"]),
        ("Palladium Plated Band", STERLING, []),
        ("Not palladium", STERLING, []),
        ("Palladium Band", STERLING, ["metal_not_declared"]),
        ("Palladium Band", WHITE, ["metal_not_declared"]),
        ("950 Palladium Band", of("palladium-500"), ["fineness_not_declared"]),
        ("Platinum Band", of("palladium-950"), ["metal_not_declared"]),
        ("14k White Gold (Palladium) Band", WHITE, []),
    ],
    "base metals, 23.1": [
        ("Titanium Ring", of("titanium"), []),
        ("Stainless Steel Ring", of("stainless-steel"), []),
        ("Steel and 14k gold ring", of("stainless-steel", "14k-yellow-gold"), []),
        ("Titanium Ring", STERLING, ["metal_not_declared"]),
        ("Steel Ring", STERLING, ["metal_not_declared"]),
        ("Stainless Steel Ring", of("titanium"), ["metal_not_declared"]),
        ("Brass Ring", of("bronze"), ["metal_not_declared"]),
        ("Gold over brass ring", VERMEIL, ["metal_not_declared"]),
        ("Sterling silver and bronze ring", STERLING, ["metal_not_declared"]),
        ("Gold-plated brass ring", PLATED, []),
        ("Brass Ring", NOTHING, []),
        ("Sterling Silver and Copper Cuff", STERLING, ["metal_not_declared"]),
        ("Sterling Silver and Copper Cuff", of("sterling-silver", "copper"), []),
        ("Copper Bracelet", of("brass"), ["metal_not_declared"]),
        ("Pewter Brooch", STERLING, ["metal_not_declared"]),
        ("Tungsten Carbide Band", of("titanium"), ["metal_not_declared"]),
        ("Tungsten Band", of("tungsten-carbide"), []),
        ("Copper Turquoise Studs", of("sterling-silver", stones=(stone("turquoise"),)), []),
        ("Copper Patina Silver Cuff", STERLING, []),
        ("Iron Cross Pendant", STERLING, []),
        ("Damascus steel and 14k gold ring", YELLOW, []),
        ("Titanium Quartz Ring", of("sterling-silver", stones=(stone("quartz"),)), []),
        ("Silver ring on a brass stand", STERLING, []),
        ("Silver studs with titanium posts", STERLING, []),
        ("Bronze Patina Silver Cuff", STERLING, []),
        ("Bronze Age Cuff in Silver", STERLING, []),
        ("Brass Knuckles Charm", STERLING, []),
        ("Man of Steel Charm", STERLING, []),
        ("Silver ring, not steel", STERLING, []),
        ("Steel Blue Sapphire Ring", SAPPHIRE, []),
    ],
    "diamonds, 23.12": [
        ("Diamond Ring", MINED, []),
        ("Real Diamond Ring", MINED, []),
        ("Lab-Grown Diamond Ring", LAB, []),
        ("Laboratory-Created Diamond Ring", LAB, []),
        ("LAB GROWN DIAMOND RING", LAB, []),
        ("Lab Diamond Ring", LAB, []),
        ("Round Lab-Grown Diamond Studs", LAB, []),
        ("Lab-Grown Black Diamond Ring", LAB, []),
        ("Cultured Diamond Ring, Lab-Grown", LAB, []),
        ("Diamond Ring", LAB, ["lab_grown_not_qualified"]),
        ("Real Diamond Ring", LAB, ["natural_word_for_lab_grown", "lab_grown_not_qualified"]),
        ("Genuine lab-grown diamond ring", LAB, ["natural_word_for_lab_grown"]),
        ("Diamond Ring (lab-grown)", LAB, ["qualifier_not_before_stone"]),
        ("Lab-Grown Ring with Diamond", LAB, ["qualifier_not_before_stone"]),
        ("Lab-Grown 1 ct Round Diamond Ring", LAB, ["qualifier_not_before_stone"]),
        ("Cultured Diamond Ring", LAB, ["cultured_without_lab_grown"]),
        ("Faux Diamond Ring", SIMULATED, ["simulated_not_qualified"]),
        ("Simulated Diamond Ring", SIMULATED, []),
        ("Imitation diamond ring", SIMULATED, []),
        ("Diamond Ring", SIMULATED, ["simulated_not_qualified"]),
        ("Genuine Diamond Ring", SIMULATED, ["simulated_called_natural", "simulated_not_qualified"]),
        ("Lab-Grown Diamond Ring", SIMULATED, ["simulated_called_lab_grown"]),
        ("Lab-Grown Diamond Ring", MINED, ["origin_not_declared"]),
        ("Diamond Ring", CZ, ["stone_not_declared"]),
        ("Diamond Jubilee Brooch", CZ, []),
        ("Diamond Jubilee Bracelet", CZ, ["stone_not_declared"]),
        ("CZ Ring", CZ, []),
        ("Diamond Simulant Ring", CZ, []),
        ("Moissanite Ring (not a diamond)", MOISSANITE, []),
        ("Moissanite Diamond Ring", MOISSANITE, ["stone_not_declared"]),
        ("Diamond Alternative Ring in Moissanite", MOISSANITE, []),
        ("Diamond-Cut Chain", STERLING, []),
        ("Diamond cut beads", STERLING, []),
        ("Diamond pattern cuff", STERLING, []),
        ("Diamond-shaped locket", STERLING, []),
        ("Diamond White Gold Ring", LAB, ["gold_without_karat", "lab_grown_not_qualified"]),
        ("Diamond Wedding Band", LAB, ["lab_grown_not_qualified"]),
        ("Diamond's Edge Ring", LAB, ["lab_grown_not_qualified"]),
        ("Emerald Diamond Ring", MINED, []),
        ("Herkimer Diamond Pendant", of("sterling-silver", stones=(stone("quartz"),)), ["wrong_stone_name"]),
        ("Herkimer Diamond Quartz Pendant", of("sterling-silver", stones=(stone("quartz"),)), []),
        ("Flawless Diamond Ring", MINED, ["flawless_not_declared"]),
        ("Perfect Round Diamond Ring", MINED, ["flawless_not_declared"]),
        ("Internally Flawless Diamond Ring", MINED, ["flawless_not_declared"]),
        ("Flawless Lab-Grown Diamond Ring", LAB, ["flawless_not_declared"]),
        ("Diamond Ring, loupe clean", MINED, ["flawless_not_declared"]),
        ("Flawless Diamond", of("14k-yellow-gold", stones=(stone("diamond", clarity="FL"),)), []),
        ("Internally Flawless Diamond", of("14k-yellow-gold", stones=(stone("diamond", clarity="IF"),)), []),
        (
            "Flawless Diamond",
            of("14k-yellow-gold", stones=(stone("diamond", clarity="VS1"),)),
            ["flawless_not_declared"],
        ),
        ("The Perfect Gift: Diamond Ring", MINED, []),
        ("Perfectly Imperfect Diamond Ring", MINED, []),
        ("Blue White Diamond Ring", MINED, ["blue_white_diamond"]),
        ("Blue-White Old Mine Cut Diamond Ring", MINED, ["blue_white_diamond"]),
        ("Blue and White Diamond Ring", MINED, []),
    ],
    "other stones, 23.25-23.27": [
        ("Sapphire Ring", SAPPHIRE, []),
        ("Teal Sapphire Ring", SAPPHIRE, []),
        ("Lab-Created Sapphire Ring", LAB_SAPPHIRE, []),
        ("Lab-Grown Blue Sapphire Ring", LAB_SAPPHIRE, []),
        ("Chatham-Created Sapphire Ring", LAB_SAPPHIRE, []),
        ("Synthetic Sapphire Ring", LAB_SAPPHIRE, []),
        ("Created Sapphire Ring", LAB_SAPPHIRE, ["lab_grown_not_qualified"]),
        ("Faux Sapphire Ring", LAB_SAPPHIRE, ["lab_grown_not_qualified"]),
        ("Natural Sapphire Ring", LAB_SAPPHIRE, ["natural_word_for_lab_grown", "lab_grown_not_qualified"]),
        ("Sapphire Ring with Lab-Grown Sapphire", LAB_SAPPHIRE, ["qualifier_not_before_stone"]),
        ("Gemstone Ring", LAB_SAPPHIRE, ["gem_not_qualified"]),
        ("Lab-Grown Gemstone Ring", LAB_SAPPHIRE, []),
        ("Genuine Gemstone Ring", LAB_SAPPHIRE, ["natural_word_for_lab_grown"]),
        ("Ruby Ring", SAPPHIRE, ["stone_not_declared"]),
        ("Ruby Red Enamel Ring", STERLING, []),
        ("Ruby Slippers Charm", STERLING, []),
        ("Ruby-Throated Hummingbird Pin", STERLING, []),
        ("Emerald Cut Sapphire Ring", SAPPHIRE, []),
        ("Emerald Green Enamel Studs", STERLING, []),
        ("Sapphire Blue Enamel Studs", STERLING, []),
        ("Turquoise Enamel Studs", STERLING, []),
        ("Turquoise and Coral Enamel Studs", STERLING, []),
        ("Turquoise and Leather Cuff", STERLING, ["stone_not_declared"]),
        ("Pearl and Leather Cord Bracelet", STERLING, ["stone_not_declared"]),
        ("Opal-like resin pendant", STERLING, []),
        ("Citrine Ring", of("sterling-silver", stones=(stone("quartz", name="citrine"),)), []),
        ("Tsavorite Studs", of("14k-yellow-gold", stones=(stone("garnet"),)), []),
        ("Garnet Studs", of("14k-yellow-gold", stones=(stone("rhodolite garnet"),)), []),
        ("Emerald Ring", of("14k-yellow-gold", stones=(stone("aquamarine"),)), ["stone_not_declared"]),
        ("Green Amethyst Ring", of("14k-yellow-gold", stones=(stone("quartz"),)), ["wrong_stone_name"]),
        ("Swarovski Crystal Studs", STERLING, []),
        ("Natural Moissanite Ring", MOISSANITE, ["natural_word_for_lab_grown"]),
        ("Genuine Moissanite Ring", MOISSANITE, ["natural_word_for_lab_grown"]),
        ("Lab-Grown Moissanite Ring", MOISSANITE, []),
        ("Real Cubic Zirconia Ring", CZ, ["simulated_called_natural"]),
        ("Simulated CZ Ring", CZ, []),
        ("Flawless Emerald Ring", of("14k-yellow-gold", stones=(stone("emerald"),)), ["flawless_not_declared"]),
    ],
    "pearls, 23.20-23.21": [
        ("Cultured Pearl Studs", CULTURED, []),
        ("Freshwater Cultured Pearl Studs", CULTURED, []),
        ("Cultured Freshwater Pearl Studs", FRESHWATER, []),
        ("Genuine cultured pearl studs", CULTURED, []),
        ("Pearl Studs", CULTURED, ["pearl_not_qualified"]),
        ("Freshwater Pearl Studs", FRESHWATER, ["pearl_not_qualified"]),
        ("Natural Cultured Pearl Studs", CULTURED, ["pearl_called_natural"]),
        ("Natural Pearl Studs", CULTURED, ["pearl_called_natural", "pearl_not_qualified"]),
        ("Simulated Pearl Bracelet", FAKE_PEARL, []),
        ("Glass Pearl Bracelet", FAKE_PEARL, []),
        ("Faux Pearl Bracelet", FAKE_PEARL, ["pearl_not_qualified"]),
        ("Pearl Bracelet", FAKE_PEARL, ["pearl_not_qualified"]),
        ("Cultured Pearl Bracelet", FAKE_PEARL, ["pearl_not_qualified"]),
        ("Pearl Finish Cuff", STERLING, []),
        ("Pearl Harbor Medal", STERLING, []),
        ("Mother of Pearl Pendant", STERLING, []),
        ("Mother of Pearl Pendant", of("sterling-silver", stones=(stone("mother_of_pearl"),)), []),
        ("Pearl Pendant", of("sterling-silver", stones=(stone("mother_of_pearl"),)), ["stone_not_declared"]),
        (
            "Akoya Pearl Studs",
            of("sterling-silver", stones=(stone("cultured_pearl", name="Akoya pearl"),)),
            ["pearl_not_qualified"],
        ),
        ("Pearl Pendant", of("14k-yellow-gold", stones=(stone("pearl"),)), []),
        ("Genuine Simulated Pearl Studs", FAKE_PEARL, ["pearl_called_natural"]),
        ("Real Glass Pearl Studs", FAKE_PEARL, ["pearl_called_natural"]),
        ("Oriental Cultured Pearl Studs", CULTURED, ["pearl_called_natural"]),
    ],
    "weights, 23.18": [
        ("0.50 ct Diamond Ring", MINED, []),
        ("1/2 ct (0.45 to 0.55 ct) Diamond Ring", MINED, []),
        ("½ ct diamond ring, 0.47–0.53 ct", MINED, []),
        ("About 0.5 carat diamond ring", MINED, []),
        (".5 carat diamond ring", MINED, []),
        ("1.38 ct t.w. Diamond Ring", MELEE, []),
        ("1.20 ct center diamond, 1.38 ctw", MELEE, []),
        ("0.01 ct diamonds all around", MELEE, []),
        ("1/2 ct Diamond Ring", MINED, ["carat_fraction_without_range"]),
        ("0.75 ct Diamond Ring", MINED, ["carat_not_declared"]),
        ("1/4 ct (0.23-0.28 ct) Diamond Ring", MINED, ["carat_not_declared", "carat_not_declared"]),
        ("1 ct t.w. Diamond Ring", MELEE, ["carat_not_declared"]),
        ("1 ct Lab-Grown Diamond Ring", LAB, []),
        ("0.9 ct Lab-Grown Diamond Ring", LAB, ["carat_not_declared"]),
        ("2 Carat Sapphire Ring", of("14k-yellow-gold", stones=(stone("sapphire"),)), ["carat_not_declared"]),
        ("50 point diamond ring", MINED, ["points_without_decimal"]),
        ("50 point (0.50 ct) diamond ring", MINED, []),
        ("Eight Point Star Charm", STERLING, []),
        ("Half Carat Diamond Ring", MINED, ["carat_fraction_without_range"]),
        ("Half-Carat (0.48 to 0.52 ct) Diamond Ring", MINED, []),
        ("Quarter Carat Diamond Ring", MINED, ["carat_not_declared"]),
        ("One Carat Lab-Grown Diamond Ring", LAB, []),
        ("One Carat Diamond Ring", MINED, ["carat_not_declared"]),
        ("Two-Carat Sapphire Ring", SAPPHIRE, ["carat_not_declared"]),
        ("One and a Half Carat Lab-Grown Diamond Ring", LAB, ["carat_not_declared"]),
        ("Three Quarter Carat Diamond Ring", MINED, ["carat_not_declared"]),
        ("Nine Carat Gold Band", of("9k-yellow-gold"), []),
    ],
    "nickel": [
        ("Nickel-Free Studs", STERLING, []),
        ("Nickel-free 14k white gold studs", of("14k-white-gold", has_nickel=True), ["nickel_free_contradicted"]),
        ("Studs without nickel", of("14k-white-gold", has_nickel=True), ["nickel_free_contradicted"]),
        ("14k white gold studs, contains nickel", of("14k-white-gold", has_nickel=True), []),
    ],
    "as it is typed": [
        ("14k&nbsp;Gold\u2011Filled Chain", FILLED, []),
        ("14k\u00a0gold ring", YELLOW, []),
        ("G<b>ol</b>d Ring", YELLOW, ["gold_without_karat"]),
        ("Go\u00adld Ring", YELLOW, ["gold_without_karat"]),
        ("G\u200bold Ring", YELLOW, ["gold_without_karat"]),
        ("Gоld Ring", YELLOW, ["gold_without_karat"]),  # a Cyrillic o
        ("ＧＯＬＤ ring", YELLOW, ["gold_without_karat"]),
        ("G&#111;ld Ring", YELLOW, ["gold_without_karat"]),
        ("Lab‑Grown Dіamond Ring", LAB, []),
        ("Real dia&shy;mond ring", LAB, ["natural_word_for_lab_grown", "lab_grown_not_qualified"]),
        ("Moon Ring | Black Gold Studio", of("sterling-silver", maker="Black Gold Studio"), []),
    ],
}

DESCRIPTIONS: dict[str, list[tuple[str, Declaration, list[str]]]] = {
    "gold": [
        ("<p>A band of 14k gold. The gold is recycled.</p>", YELLOW, []),
        ("<p>The gold is recycled.</p>", YELLOW, ["gold_without_karat"]),
        ("<p>Unlike gold-plated rings it never wears off.</p>", YELLOW, []),
        ("<p>Looks lovely with gold.</p>", STERLING, []),
        ("<p>Made of solid gold.</p>", STERLING, ["metal_not_declared"]),
        ("<p>Made of steel.</p>", STERLING, ["metal_not_declared"]),
        ("<p>Hammered on a steel anvil.</p>", STERLING, []),
        ("<p>14k white gold, alloyed with palladium instead of nickel.</p>", WHITE, []),
        ("<p>Goes with your other 18k pieces. Cast in 14k yellow gold.</p>", YELLOW, []),
        ("<p>14k gold-filled: the gold wears slowly.</p>", FILLED, []),
        ("<p>The gold never wears off.</p>", FILLED, ["plated_called_gold"]),
        ("<p>Solid 14k gold, with a hollow back.</p>", YELLOW, ["hollow_called_solid"]),
        ("<p>Solid 14k gold, not hollow.</p>", YELLOW, []),
        ("<p>Silver, plated at least 2.5 micrometers thick: 14k vermeil.</p>", VERMEIL, []),
        ("<p>This ring is 18k gold.</p>", YELLOW, ["karat_not_declared"]),
        ("<p>It is platinum.</p>", STERLING, ["metal_not_declared"]),
        ("<ul><li>Material: 18k gold</li></ul>", STERLING, ["metal_not_declared"]),
        ("<p>Metal: 950 platinum</p>", STERLING, ["metal_not_declared"]),
        ("<p>Metals - sterling silver, bronze</p>", STERLING, ["metal_not_declared"]),
        ("<p>It is silver in color.</p>", BRASS, []),
        ("<p>The prong is gold in the picture.</p>", STERLING, []),
        ("<p>The bezel is 14k gold.</p>", STERLING, ["metal_not_declared"]),
        ("<p>It is not gold.</p>", STERLING, []),
        ("<p>It is hard as steel.</p>", STERLING, []),
        ("<p>Gold is soft. This ring is silver.</p>", STERLING, []),
        ("<p>Gold-filled, 14k. 1/40 of its weight is gold.</p>", THINLY_FILLED, []),
    ],
    "stones": [
        ("<p>Two lab-grown round diamonds. The diamonds sit low.</p>", LAB, []),
        ("<p>The diamond is lab-grown.</p>", LAB, []),
        ("<p>The diamond sits low. It is a lab-grown diamond.</p>", LAB, ["qualifier_not_before_stone"]),
        ("<p>The diamond sits low.</p>", LAB, ["lab_grown_not_qualified"]),
        ("<p>A lab-grown moissanite that resembles a diamond.</p>", MOISSANITE, []),
        ("<p>Keep it away from diamonds, which scratch it.</p>", SAPPHIRE, []),
        ("<p>Set with a ruby.</p>", SAPPHIRE, ["stone_not_declared"]),
        ("<p>A real diamond of 1.00 ct.</p>", LAB, ["natural_word_for_lab_grown", "lab_grown_not_qualified"]),
        ("<p>Cultured pearls of 7 mm; these pearls are matched.</p>", CULTURED, []),
        ("<p>Stone: ruby</p>", SAPPHIRE, ["stone_not_declared"]),
        ("<ul><li>Gemstones: natural emerald, ruby</li></ul>", SAPPHIRE, ["stone_not_declared", "stone_not_declared"]),
        ("<p>The stone is a ruby.</p>", SAPPHIRE, ["stone_not_declared"]),
        ("<p>The colour is that of a ruby.</p>", SAPPHIRE, []),
        ("<p>A diamond of flawless beauty.</p>", MINED, []),
        ("<p>A flawless diamond.</p>", MINED, ["flawless_not_declared"]),
    ],
}


def _names(kind: StoneKind) -> tuple[str, ...]:
    return (kind.label, *kind.trade_names) if kind.code != OTHER else ()


def codes(found: object) -> list[str]:
    return [error["code"] for error in found]  # type: ignore[attr-defined]


def cases(table: Mapping[str, list[tuple[str, Declaration, list[str]]]]) -> list[object]:
    return [
        pytest.param(*case, id=f"{rule.split(',')[0]}: {case[0]}"[:90]) for rule, rows in table.items() for case in rows
    ]


@pytest.mark.parametrize(("title", "declared", "expected"), cases(TITLES))
def test_titles(title: str, declared: Declaration, expected: list[str]) -> None:
    found = contradictions(words={"title": title}, declared=declared)
    assert sorted(codes(found)) == sorted(expected), found


@pytest.mark.parametrize(("description", "declared", "expected"), cases(DESCRIPTIONS))
def test_descriptions(description: str, declared: Declaration, expected: list[str]) -> None:
    found = contradictions(words={"description": description}, declared=declared)
    assert sorted(codes(found)) == sorted(expected), found


def test_only_the_words_meant_are_quoted() -> None:
    [found] = contradictions(words={"title": "Silver or Gold Ring"}, declared=STERLING)
    assert found["words"] == "Gold"


def test_all_is_said_at_once_and_where_it_stands() -> None:
    words = {
        "title": "Gold &amp; Diamond Ring",
        "subtitle": "18K, <em>real</em> diamond",
        "tags": ["gold", "diamond"],
        "images.0.alt": "Diamond ring",
        "description": "<p>Heated.</p>",
    }
    found = contradictions(words=words, declared=LAB)
    assert [(error["field"], error["code"], error["words"]) for error in found] == [
        ("title", "gold_without_karat", "Gold"),
        ("title", "lab_grown_not_qualified", "Diamond"),
        ("subtitle", "karat_not_declared", "18K"),
        ("subtitle", "natural_word_for_lab_grown", "real</em> diamond"),
        ("subtitle", "lab_grown_not_qualified", "diamond"),
        ("tags", "lab_grown_not_qualified", "diamond"),
        ("images.0.alt", "lab_grown_not_qualified", "Diamond"),
    ]
    assert found[0]["message"] == '"Gold": Put the karat right before it: "14k gold". (16 CFR 23.3(b)(2))'
    assert (found[0]["rule"], found[0]["fix"]) == ("16 CFR 23.3(b)(2)", 'Put the karat right before it: "14k gold".')


@pytest.mark.parametrize(
    ("treatment", "description", "expected"),
    [
        ("heated", "<p>The sapphire is heated, which lasts.</p>", []),
        ("heated", "<p>Heat-treated.</p>", []),
        ("heated", "<p>A treated stone.</p>", []),
        ("oiled", "<p>Minor oil.</p>", []),
        ("heated", "<p>A lovely stone.</p>", ["treatment_not_disclosed"]),
        ("heated", "", ["treatment_not_disclosed"]),
        ("heated", "<p>It is not heated.</p>", ["called_untreated", "treatment_not_disclosed"]),
        ("oiled", "<p>An untreated stone.</p>", ["called_untreated", "treatment_not_disclosed"]),
        ("none", "<p>An untreated, unheated stone.</p>", []),
    ],
)
def test_treatments_are_told_in_the_description(treatment: str, description: str, expected: list[str]) -> None:
    declared = of("sterling-silver", stones=(stone("sapphire", treatment=treatment),))
    found = contradictions(words={"title": "Sapphire Ring", "description": description}, declared=declared)
    assert sorted(codes(found)) == expected


@pytest.mark.parametrize(
    ("words", "declared", "expected"),
    [
        ("Ruby Ring", COMPOSITE, ["filler_not_qualified"]),
        ("Natural Ruby Ring", COMPOSITE, ["filler_not_qualified"]),
        ("Treated Ruby Ring", GLASS_FILLED, ["filler_not_qualified"]),
        ("Composite Ruby Ring", COMPOSITE, []),
        ("Composite Ruby Ring", GLASS_FILLED, []),
        ("Glass-Filled Ruby Ring", GLASS_FILLED, []),
        ("Lead Glass Filled Red Ruby Ring", GLASS_FILLED, []),
        ("Ring with a ruby, composite", COMPOSITE, ["filler_not_qualified"]),
        ("Emerald-cut composite ruby ring", COMPOSITE, []),
        ("Emerald composite ruby ring", COMPOSITE, []),
    ],
)
def test_what_a_filler_holds_together_is_not_called_by_the_name_alone(
    words: str, declared: Declaration, expected: list[str]
) -> None:
    told = "<p>A composite ruby: its cracks are filled with lead glass. The ruby asks for care.</p>"
    assert codes(contradictions(words={"title": words, "description": told}, declared=declared)) == expected
    treated = "<p>A treated ruby.</p>"
    assert codes(contradictions(words={"description": treated}, declared=declared)) == ["filler_not_qualified"]


@pytest.mark.parametrize(
    ("kind", "name", "is_right"),
    [
        ("quartz", "citrine", True),
        ("garnet", "tsavorite", True),
        ("chalcedony", "blue lace agate", True),
        ("tourmaline", "emerald green tourmaline", True),
        ("mother_of_pearl", "mother-of-pearl", True),
        ("other", "ruby in fuchsite", True),
        ("other", "sea glass", True),
        ("moissanite", "diamond", False),
        ("quartz", "Herkimer diamond", False),
        ("quartz", "smoky topaz", False),
        ("hematite", "Alaska black diamonds", False),
        ("other", "blue diamond", False),
    ],
)
def test_a_stone_is_not_named_as_another(kind: str, name: str, is_right: bool) -> None:
    found = contradictions(words={}, declared=of(stones=(stone("opal"), stone(kind, "lab_grown", name=name))))
    assert [(error["field"], error["code"]) for error in found] == (
        [] if is_right else [("stones.1.name", "name_of_another_stone")]
    )


# Pieces of what the patterns look for, so that chance makes sentences that matter.
PIECES = st.sampled_from(
    [
        *("14k", "18K", "gold", "Gold-filled", "plated", "solid", "silver", "sterling", "925", "platinum", "900"),
        *("vermeil", "stamped", "nickel", "free", "lab-grown", "created", "diamond", "diamonds", "ruby", "emerald"),
        *("cut", "real", "natural", "cultured", "pearl", "gem", "untreated", "0.50", "1/2", "1/0", "ct", "50", "point"),
        *("not", "and", "over", "the", ",", ".", ";", "-", "&", "<b>", "</b>", "<p>", "&nbsp;", "&#8203;"),
        *("\u00ad", "\u200b", "½", "é", "о", "\u212a", "ß", "ﬁ", "İ"),
    ]
)
TEXTS = st.one_of(
    st.text(max_size=80), st.lists(PIECES, max_size=20).map(" ".join), st.lists(PIECES, max_size=20).map("".join)
)
DECLARED = st.sampled_from(
    [NOTHING, YELLOW, G24, FILLED, VERMEIL, STERLING, BRASS, LAB, MINED, SIMULATED, CULTURED, MELEE, of("platinum-900")]
)
FIELDS = st.sampled_from(["title", "description", "tags", "seo.description"])


# Drawing is slow where other work takes the processor, which says nothing about the rules.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@PATIENT
@given(TEXTS, DECLARED, FIELDS)
def test_any_text_is_read_and_what_is_found_stands_in_it(text: str, declared: Declaration, field: str) -> None:
    for error in contradictions(words={field: text}, declared=declared):
        assert error["words"] in text
        assert error["rule"].startswith("16 CFR 23.")
        assert error["fix"].endswith(".")


def _exists(row: dict[str, Any]) -> bool:
    """A pearl grows in a mollusk, or is none: nobody grows it in a laboratory."""
    is_pearl = "pearl" in row["kind"] and not row["kind"].startswith("mother")
    return not is_pearl or row["origin"] == "natural" or (row["kind"], row["origin"]) == ("pearl", "simulated")


STONES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from([name for names in map(_names, STONE_KINDS.values()) for name in names]),
        "origin": st.sampled_from(list(ORIGIN_WORDS)),
        "treatment": st.sampled_from(list(TREATMENTS)),
        "cut": st.sampled_from(["", *CUTS]),
        "carat": st.none() | st.decimals("0.01", "50", places=2),
        "carat_is": st.sampled_from(CARAT_IS),
        "count": st.integers(1, 40),
    }
).filter(_exists)


@PATIENT
@given(st.sampled_from(list(METALS)), st.lists(STONES, max_size=3, unique_by=lambda row: row["kind"]))
def test_what_the_declaration_itself_says_is_never_refused(metal: str, given_stones: list[dict[str, Any]]) -> None:
    stones = [plain_stone(row) for row in given_stones]
    title = " and ".join([f"{METALS[metal].label} ring", *map(stone_in_words, stones)])
    declared = Declaration((declared_metal(Part("", metal)),), tuple(map(declared_stone, stones)))
    assert not contradictions(words={"title": title, "description": f"<p>{title}</p>"}, declared=declared)
