"""The words of a question and of what sort each is, told by closed lists and endings: English, right often enough."""

from __future__ import annotations

import re
from dataclasses import dataclass


def words(text: str) -> frozenset[str]:
    """A set from a list of words."""
    return frozenset(text.split())


BE = words("is are was were isn't aren't wasn't weren't")
DO = words("do does did don't doesn't didn't")
MODALS = words("can could should would will shall may might must can't couldn't shouldn't wouldn't won't")
AUXILIARIES = BE | DO | MODALS | words("am be been being has have had hasn't haven't hadn't")
DETERMINERS = words(
    "a an the this that these those each every some any no all both another my your our its his her their"
)
PREPOSITIONS = words(
    "about above across after against along among around as at before behind below beneath beside besides between "
    "beyond by despite down during except for from in inside into like near of off on onto outside over per since "
    "than through throughout to toward towards under until up upon via with within without"
)
PLACES = words("in at on near")
"""Prepositions of a place."""
HANGING = words("for to about between against")
"""With these a phrase belongs to the noun before it: "the deadline for the return"."""
PRONOUNS = words(
    "i you he she it we they me him us them there who whom one ones myself himself herself itself themselves"
)
ORDERS = words("list name tell explain describe show give compare summarise summarize find")
"""With these a question begins that has no question word."""
QUESTION_WORDS = words("who whom whose what which when where why how")
_OTHERS = words(
    "and or but nor if because while although though so then not also only even ever still already yet again now back "
    "out away together else exactly actually really please instead according too very most more less least later "
    "earlier ago today here"
)
SMALL = _OTHERS | AUXILIARIES | PREPOSITIONS | PRONOUNS | QUESTION_WORDS
"""Words that no noun phrase goes on behind."""
_VERBS = words(
    "happens happened makes causes caused means costs add allow appear ask become begin belong bring build burn buy "
    "call carry cause change come consist contain cost cover create cross decide declare define depend describe die "
    "differ drink eat end enter exist expect fall feel find flow fly follow form gain get give go grow happen hold "
    "include join keep kill know land last lead leave let lie live look lose make mean meet move need offer open own "
    "pay play produce propose protect prove pump put reach read receive release rise run say see sell send set show "
    "sign sit speak spend stand start stay stop support swim take tell think try turn understand use veto visit weigh "
    "win work write became began blew bred brought bought built burnt came caught chose cost cut dealt died drank "
    "drew drove ate fed fell felt fled fought found flew forbade forgot froze gave went got grew heard held hid hit "
    "hung hurt kept knew laid led left lent lit lost made meant met paid ran rang rode rose said sank sang saw sent "
    "shot showed shut slept sold sought spoke spent split spread stood stole struck stuck swam swept taught thought "
    "told took tore threw understood withdrew woke won wore wound wrote been bitten blown borne born bound broken "
    "chosen done drawn driven eaten fallen flown forbidden forgotten frozen given gone grown hidden known risen rung "
    "seen shaken shown spoken stolen sung sunk sworn taken thrown torn withdrawn woken worn written"
)
PAST = re.compile(r"(?!(?:hundred|bed|speed|seed|need|breed|shed|sled|united|feed|weed|limited)$)\w{2,}ed")
"""A past form by its ending; the others are listed."""
_TIME = re.compile(
    r"\b(?:1\d{3}|20\d{2})s?\b|\b(?:january|february|march|april|may \d|june|july|august|september)\b"
    r"|\b(?:october|november|december)\b|\bcentur(?:y|ies)\b"
    r"|\b(?:last|this|next|that) (?:year|month|week)\b|\b(?:yester|to)day\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(
    r"\"[^\"]+\"|“[^”]+”|«[^»]+»|„[^“”]+[“”]|`[^`]+`|[$€£]?\w+(?:[.'’&/+-]\w+|,(?=\d)\w+)*[%°]?|[^\w\s]"
)


def is_plural(word: str) -> bool:
    """Whether a noun is a plural, by its ending."""
    return bool(re.fullmatch(r"(?!\w*(?:ss|us|is)$)\w{2,}s|people|children|men|women|feet|teeth|mice", word.lower()))


def is_verb(word: str) -> bool:
    """Whether a word in small letters is surely, or nearly so, a verb."""
    return word in _VERBS or PAST.fullmatch(word) is not None


def is_time(text: str) -> bool:
    """Whether a year, a month or a century is named."""
    return _TIME.search(text) is not None


def is_name(text: str) -> bool:
    """Whether every word, but for articles and particles, begins with a capital letter or a digit; or it is quoted."""
    if text[:1] in '"“«„`':
        return True
    listed = [word for word in re.findall(r"[\w$€£][\w.'’&/+-]*", text) if word.lower() not in _PARTICLES]
    return bool(listed) and all(not word[0].islower() or word.startswith(("al-", "el-")) for word in listed)


_PARTICLES = words("the a an of and de der den del della di da du la le el van von zu bin ibn y")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a quotation or a sign."""

    start: int
    end: int
    text: str

    @property
    def word(self) -> str:
        """In small letters, with straight apostrophes."""
        return self.text.lower().replace("’", "'")

    @property
    def breaks(self) -> bool:
        """Whether no noun phrase goes on here."""
        return self.word in SMALL or self.verb or self.sign

    @property
    def sign(self) -> bool:
        """Whether it is a full stop, a comma or the like."""
        return not (self.text[0].isalnum() or self.text[0] in '"“«„`$€£')

    @property
    def verb(self) -> bool:
        """As ``is_verb``; with a capital it is a name."""
        return self.text.islower() and is_verb(self.word)


def tokens(text: str) -> list[Token]:
    """Words and signs in order; quoted text is one."""
    return [Token(match.start(), match.end(), match[0]) for match in _TOKEN.finditer(text)]
