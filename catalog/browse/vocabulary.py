"""The trade's words for one and the same thing, as pure tables.

Everything here is written as `words.folded` leaves it: small letters, no accents, no hyphens.
"""


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Gold by its stamps: karat/24 in parts per thousand, as US and European makers punch it. 14 karat gold is stamped 585
# or 583; European shoppers write "carat" for it (ISO 8654, National Gold and Silver Stamping Act).
KARATS = {
    "24": ("999",), "22": ("916", "917"), "18": ("750",), "14": ("585", "583"), "10": ("417", "416"), "9": ("375",),
}  # fmt: skip
KARAT_WORDS = ("k", "kt", "karat", "karats", "carat", "carats", "ct")
GOLD_COLOURS = {
    "yellow": "yellow", "white": "white", "rose": "rose", "pink": "rose", "red": "rose", "green": "green",
}  # fmt: skip

# The stones of the months, as jewelers in the United States have them (Jewelers of America, AGTA).
BIRTHSTONES = {
    "january": ("garnet",), "february": ("amethyst",), "march": ("aquamarine", "bloodstone"), "april": ("diamond",),
    "may": ("emerald",), "june": ("pearl", "moonstone", "alexandrite"), "july": ("ruby",),
    "august": ("peridot", "spinel", "sardonyx"), "september": ("sapphire",), "october": ("opal", "tourmaline"),
    "november": ("topaz", "citrine"), "december": ("turquoise", "tanzanite", "zircon"),
}  # fmt: skip

# Phrases that mean one thing: `phrase: token`. The longest that fits counts.
PHRASES: dict[str, str] = {
    **{f"{karat}{word}": f"{karat}k" for karat in KARATS for word in KARAT_WORDS},
    **{f"{karat} {word}": f"{karat}k" for karat in KARATS for word in KARAT_WORDS},
    **{stamp: f"{karat}k" for karat, stamps in KARATS.items() for stamp in stamps if stamp != "999"},
    "925": "sterling", "sterling": "sterling", "sterling silver": "sterling", "925 silver": "sterling",
    "silver 925": "sterling", "argentium": "argentium", "fine silver": "finesilver",
    **{f"{word} gold": f"{colour}gold" for word, colour in GOLD_COLOURS.items()},
    "gold filled": "goldfilled", "gold plated": "goldplated", "gold vermeil": "vermeil", "vermeil": "vermeil",
    "tungsten carbide": "tungsten",
    "stainless steel": "stainlesssteel", "stainless": "stainlesssteel", "pt950": "platinum", "plat": "platinum",
    # Never "cultured", which for diamonds says nothing (16 CFR 23.12), and for pearls is another thing (23.19).
    "lab grown": "labgrown", "lab created": "labgrown", "laboratory grown": "labgrown",
    "laboratory created": "labgrown", "lab made": "labgrown", "labgrown": "labgrown", "man made": "labgrown",
    "synthetic": "labgrown", "lab": "labgrown",
    "untreated": "untreated", "not treated": "untreated", "no treatment": "untreated", "no treatments": "untreated",
    "treatment free": "untreated", "unheated": "unheated", "not heated": "unheated", "never heated": "unheated",
    "no heat": "unheated",
    "simulated": "simulated", "imitation": "simulated", "faux": "simulated", "fake": "simulated",
    "cz": "zirconia", "cubic zirconia": "zirconia", "mother of pearl": "motherofpearl",
    "cuff link": "cufflink", "cuff links": "cufflink", "cufflinks": "cufflink", "ear ring": "earring",
    "ear rings": "earring", "loose stone": "loosestone", "loose stones": "loosestone", "loose gem": "loosestone",
    **{f"{month} {word}": f"{month}birthstone" for month in BIRTHSTONES for word in ("birthstone", "birthstones")},
    **{f"{word} {month}": f"{month}birthstone" for month in BIRTHSTONES for word in ("birthstone", "birthstones")},
    "nickel free": "nickelfree", "hypoallergenic": "nickelfree", "hypo allergenic": "nickelfree",
    "art deco": "deco", "neckless": "necklace", "necklass": "necklace",
    "tie clip": "tieclip", "one of a kind": "ooak", "half round": "halfround", "half moon": "halfmoon",
}  # fmt: skip

# What a token says besides itself; a document that has the first has the others, too.
IMPLIES: dict[str, tuple[str, ...]] = {
    **{f"{karat}k": ("gold",) for karat in KARATS},
    **{f"{colour}gold": ("gold", colour) for colour in dict.fromkeys(GOLD_COLOURS.values())},
    "sterling": ("silver",), "argentium": ("silver",), "finesilver": ("silver", "fine"),
    "goldfilled": ("filled",), "goldplated": ("plated",), "stainlesssteel": ("steel",), "zirconia": ("cubic",),
    **{f"{month}birthstone": (month, "birthstone") for month in BIRTHSTONES},
    "motherofpearl": ("mother", "pearl"), "loosestone": ("loose", "stone"), "halfround": ("half", "round"),
}  # fmt: skip

# What else a shopper who says the first may be shown: found after what is called so itself.
ALSO: dict[str, tuple[str, ...]] = {
    "hoop": ("earring",), "stud": ("earring",), "huggie": ("hoop", "earring"), "dangle": ("drop", "earring"),
    "drop": ("dangle",), "climber": ("earring",), "earring": ("hoop", "stud"),
    "band": ("ring",), "signet": ("ring",), "solitaire": ("ring",), "eternity": ("band",),
    "wed": ("band", "ring"), "engagement": ("solitaire", "diamond"), "engag": ("solitaire", "diamond"),
    "anniversary": ("eternity", "band"), "bridal": ("band", "solitaire"), "promise": ("band",), "stack": ("band",),
    "chain": ("necklace",), "choker": ("necklace",), "lariat": ("necklace",), "collar": ("necklace",),
    "locket": ("pendant",), "medallion": ("pendant",), "amulet": ("pendant",), "talisman": ("pendant",),
    "necklace": ("chain", "pendant"), "pendant": ("necklace",),
    "cuff": ("bangle",), "bangle": ("cuff", "bracelet"), "bracelet": ("bangle", "cuff"), "armlet": ("bangle",),
    "pin": ("brooch",), "badge": ("brooch",), "brooch": ("pin",), "toggle": ("cufflink",),
    **{f"{month}birthstone": stones for month, stones in BIRTHSTONES.items()},
    "birthstone": tuple(stone for stones in BIRTHSTONES.values() for stone in stones),
    "gem": ("stone", "loosestone"), "gemstone": ("stone", "loosestone"), "jewel": ("stone",),
    "gold": ("vermeil", "goldfilled", "goldplated"), "vermeil": ("goldplated",), "gilt": ("vermeil", "goldplated"),
    "teal": ("sapphire",), "aquamarine": ("beryl",), "textur": ("hammer",), "dap": ("dome",),
    "personaliz": ("engrav", "initial"), "monogram": ("engrav", "initial", "signet"), "engrav": ("signet",),
    "geometric": ("bar", "square"), "minimalist": ("plain", "thin", "bar"), "dainty": ("thin", "fine", "small"),
    "delicate": ("thin", "fine"), "chunky": ("wide", "heavy"), "thick": ("wide", "heavy"), "thin": ("fine", "slim"),
    "matte": ("satin", "brush"), "brush": ("satin", "matte"), "shiny": ("polish",), "link": ("chain",),
    "diy": ("kit",), "tool": ("kit",), "supply": ("kit",), "cabochon": ("cab",), "cab": ("cabochon",),
}  # fmt: skip

STONES = _each(
    "agate alexandrite amazonite amber amethyst ametrine aquamarine aventurine beryl bloodstone carnelian chalcedony "
    "chrysoprase citrine coral diamond emerald feldspar fluorite garnet iolite jade jadeite jasper jet kunzite kyanite "
    "labradorite lapis larimar malachite moissanite moldavite moonstone morganite motherofpearl nephrite obsidian onyx "
    "opal pearl peridot prehnite pyrite quartz rhodochrosite rhodolite rhodonite ruby sapphire sardonyx selenite "
    "serpentine sodalite spessartite sphene spinel sunstone tanzanite topaz tourmaline tsavorite turquoise variscite "
    "zircon zirconia"
)
# What is said of a stone right before its name is one token with it: a piece may have several stones.
OF_STONES = _each("labgrown simulated natural untreated unheated")

# Words that a request is made of and that no piece must have.
IDLE = _each(
    "a an and any are artisan at be big buy by can find for from gift gifts give handcrafted handmade have her hers "
    "him his i in is it its "
    "jewellery jewelry jewelery just lady ladies like little looking made make man men mens me my need new of on one "
    "or our piece pieces please present shop show small some something that the their them these this to want with "
    "wife woman women womens you your husband girlfriend boyfriend mom mum mother dad friend"
)
