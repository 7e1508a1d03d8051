"""Rules that make a question of one English sentence, or of one cell of a table. A rule that would make a clumsy
question makes none: what a sentence is about must be plain without the sentences around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = rf"(?:\d{{1,2}} {_MONTH} \d{{4}}|{_MONTH} \d{{1,2}}, \d{{4}}|{_MONTH} \d{{4}}|1\d{{3}}|20\d{{2}})"
_BASE = dict(
    pair.split(":")
    for pair in """
    added:add admitted:admit adopted:adopt announced:announce appointed:appoint approved:approve arrested:arrest
    attacked:attack authorized:authorize banned:ban began:begin bombed:bomb bought:buy built:build
    cancelled:cancel captured:capture closed:close completed:complete composed:compose condemned:condemn
    conquered:conquer created:create crossed:cross declared:declare delivered:deliver deployed:deploy
    designed:design destroyed:destroy discovered:discover dissolved:dissolve elected:elect ended:end
    entered:enter established:establish expelled:expel founded:found granted:grant hired:hire hosted:host
    introduced:introduce invaded:invade invented:invent joined:join launched:launch left:leave
    liberated:liberate lost:lose married:marry measured:measure merged:merge moved:move occupied:occupy
    opened:open ordered:order painted:paint passed:pass patented:patent proposed:propose published:publish
    ratified:ratify received:receive recaptured:recapture recognised:recognise recognized:recognize
    registered:register rejected:reject released:release renamed:rename replaced:replace resumed:resume
    reopened:reopen seized:seize sent:send shelled:shell signed:sign sold:sell started:start
    suspended:suspend vetoed:veto visited:visit withdrew:withdraw won:win wrote:write
    """.split()  # noqa: SIM905
)
_BY_PEOPLE = "built|composed|designed|discovered|founded|invented|painted|patented|registered|wrote"
_NO_RANGE = r"(?! and \d| to \d|–|-)"
_MOST_WORDS = 8
_DONE = (
    r"(?!based|located|supposed|used|involved|situated)\w+ed|begun|born|bought|built|founded|given|held|led|lost|made|sold"
    "|split|taken|torn|won|written"
)
_PEOPLE = frozenset(
    """actor actress author commander composer director diplomat doctor emperor engineer founder general journalist king
    lawyer leader man member minister officer painter person physicist player poet politician president professor queen
    scientist singer teacher woman writer""".split()  # noqa: SIM905
)
_MEASURES = frozenset(
    """address age altitude area author capital cost crew currency deadline density depth diameter director distance
    duration fee gravity height launch length location mass population price rent salary site speed temperature volume
    weight width""".split()  # noqa: SIM905
)
_SAYING_LITTLE = frozenset(["", "-", "–", "0", "n/a", "no", "none", "unknown", "yes"])
_POINTING = frozenset(
    """a after all also although an and another any as at because before both but by due during each every few first for
    former from he her here his how i if in it its last later latter like many more most my no not of on once one only
    other our over same several she since so some such than that their them then there these they this those through to
    two under unlike until we what when where which while who whose why with without you your""".split()  # noqa: SIM905
)
_UNCLEAR = re.compile(
    r"\b(?:it|its|this|that|these|those|he|she|his|her|they|their|them|which|who|whose|where|such|there|we|our|you|your"
    r"|former|latter|same|other|another)\b|[\[\]{}<>|\"“”„«»/\\*=@#…]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence on one line, each white space a blank, so that offsets stay; and what its document is about."""

    text: str
    opens: bool
    """Whether its block begins with it."""
    topics: frozenset[str]
    """Words of the title and of the headings above, in lower case."""
    names: frozenset[str]
    """Words that the document writes with a capital inside sentences too."""


@dataclass(frozen=True, slots=True)
class Found:
    """A question, where in the sentence (or row) its answer stands, and 0 for those that read best."""

    question: str
    answer: tuple[int, int]
    rank: int


def questions(sentence: Sentence) -> Iterator[Found]:
    """What the rules make of a sentence."""
    if len(sentence.text) <= 300 and sentence.text.endswith("."):
        for rule in _RULES:
            if found := rule(sentence):
                yield found


def _passive(sentence: Sentence) -> Found | None:
    """``The bridge of Mostar was opened in 1566`` → ``When was the bridge of Mostar opened?``"""
    done = rf"(?P<subject>[^,;:()]+?) (?P<be>was|were) (?P<done>(?:first |officially )?(?:{_DONE}))"
    after = rf"(?P<date>(?:in|on) {_DATE}|between {_DATE} and {_DATE})\b{_NO_RANGE}"
    match = re.match(rf"{done}(?P<rest>(?: [^,;:() ]+){{0,5}}?) {after}", sentence.text) or re.match(
        rf"(?P<date>(?:In|On) {_DATE}),? {done}(?P<rest>(?: by [^,;:() ]+(?: [^,;:() ]+){{0,3}}?)?)(?: after .*)?[,;.]",
        sentence.text,
    )
    if match is None or _UNCLEAR.search(match["rest"]):
        return None
    subject = _subject(match["subject"], sentence)
    if subject is None:
        return None
    return Found(f"When {match['be']} {subject} {match['done']}{match['rest']}?", match.span("date"), 1)


def _dated(sentence: Sentence) -> Found | None:
    """``In 1977, Anna Meyer visited Rome`` and ``Anna Meyer visited Rome in 1977`` → ``When did … visit Rome?``"""
    verbs = "|".join(_BASE)
    thing = r"(?P<thing>[^,;:().]{3,70}?)"
    before = rf"(?:In|On) (?P<date>{_DATE}),? (?P<subject>[^,;:()]+?) (?P<verb>{verbs}) {thing}(?=[,;:(.]| and [a-z])"
    after = rf"(?P<subject>[^,;:()]+?) (?P<verb>{verbs}) {thing} (?:in|on) (?P<date>{_DATE})\b{_NO_RANGE}"
    match = re.match(before, sentence.text) or re.match(after, sentence.text)
    if match is None or not _is_thing(match["thing"]):
        return None
    subject = _subject(match["subject"], sentence, clear=bool(re.search(r"\b[A-Z]", match["thing"])))
    if subject is None:
        return None
    return Found(f"When did {subject} {_BASE[match['verb']]} {match['thing']}?", match.span("date"), 1)


def _maker(sentence: Sentence) -> Found | None:
    """``Ada Berg, an engineer, patented a steam lock in 1884`` → ``Who patented a steam lock?``"""
    match = re.match(
        rf"(?P<who>(?:[A-Z][\w'’-]+ ){{1,3}}[A-Z][\w'’-]+)(?: of [A-Z]\w+)?(?:, [^,;:()]{{3,60}},)? "
        rf"(?P<verb>{_BY_PEOPLE}) (?P<thing>[^,;:().]{{3,70}}?)(?= (?:in|on) {_DATE}|[,;.]| and [a-z])",
        sentence.text,
    )
    if match is None or not _is_thing(match["thing"]) or match["who"].split()[0].lower() in {"the", *_POINTING}:
        return None
    return Found(f"Who {match['verb']} {match['thing']}?", match.span("who"), 0)


def _definition(sentence: Sentence) -> Found | None:
    """``A peaberry is a round bean`` under a heading or title that names it → ``What is a peaberry?``"""
    match = re.match(r"(?P<subject>[^,;:()]{2,50}?) is (?P<what>an? [^.;:]{10,})", sentence.text)
    if match is None or not sentence.opens or re.match(r"\w+ing an? ", match["subject"], re.IGNORECASE):
        return None  # "Removing a node is a bit more complex"
    subject, words = _subject(match["subject"], sentence, articles=True), words_of(match["subject"])
    if subject is None or not words <= sentence.topics or words & words_of(match["what"]):
        return None
    asked = "Who" if words_of(" ".join(match["what"].split()[:5])) & _PEOPLE else "What"
    return Found(f"{asked} is {subject}?", match.span("what"), 1)


def _since(sentence: Sentence) -> Found | None:
    """``The delta has been a park since 1991`` → ``Since when has the delta been a park?``"""
    match = re.match(
        rf"(?P<subject>[^,;:()]+?) (?P<have>has|have) been (?P<what>[^,;:().]{{3,70}}?) since (?P<date>{_DATE})\b",
        sentence.text,
    )
    if match is None or not _is_thing(match["what"]):
        return None
    subject = _subject(match["subject"], sentence)
    if subject is None:
        return None
    return Found(f"Since when {match['have']} {subject} been {match['what']}?", match.span("date"), 1)


def _measure(sentence: Sentence) -> Found | None:
    """``The Eiffel Tower is 330 metres tall`` → ``How tall is the Eiffel Tower?``"""
    match = re.match(
        r"(?P<subject>[^,;:()]+?) (?P<be>is|are|was|were) (?P<much>(?:about |over |some |only )?\d[\d.,]* [\w²³/]+) "
        r"(?P<how>tall|high|long|wide|deep|old|thick)\b",
        sentence.text,
    )
    subject = _subject(match["subject"], sentence) if match else None
    if match is None or subject is None:
        return None
    return Found(f"How {match['how']} {match['be']} {subject}?", match.span("much"), 0)


def _count(sentence: Sentence) -> Found | None:
    """``Saturn has 146 moons`` → ``How many moons does Saturn have?``"""
    match = re.match(
        r"(?P<subject>[^,;:()]+?) (?P<have>has|had) (?P<many>\d[\d,]*|two|three|four|five|six|seven|eight|nine|ten) "
        r"(?P<what>(?:[a-z-]+ ){0,2}?[a-z-]{2,}s)(?=[,;:.]| (?:and|in|on|for|with|of|from)\b)",
        sentence.text,
    )
    if match is None or _UNCLEAR.search(match["what"]):
        return None
    subject = _subject(match["subject"], sentence)
    do = "does" if match["have"] == "has" else "did"
    if subject is None:
        return None
    return Found(f"How many {match['what']} {do} {subject} have?", match.span("many"), 0)


_RULES = (_maker, _measure, _count, _passive, _dated, _since, _definition)


def _subject(words: str, sentence: Sentence, *, clear: bool = False, articles: bool = False) -> str | None:
    """What a sentence is about as it stands inside a question; None when it is not plain by itself.

    ``clear``: the rest of the question makes it plain. ``articles``: ``a`` may stand in front.
    """
    listed = words.split()
    start, rest = (listed[:1], listed[1:]) if listed[0] in ("The", *(("A", "An") if articles else ())) else ([], listed)
    if not rest or len(listed) > _MOST_WORDS - 1 or rest[0].lower() in _POINTING or _UNCLEAR.search(" ".join(rest)):
        return None
    if not re.fullmatch(r"[\w'’&.\- ]+", words) or re.search(r"\band [a-z]", words) or not rest[0][0].isalpha():
        return None
    is_full_name = rest[0][0].isupper() and (bool(start) or (len(rest) > 1 and rest[1][0].isupper()))
    is_name = is_full_name or _is_name(rest[0], sentence.names)
    named = is_name or any(word[0].isupper() for word in rest[1:])
    if not (clear or named or words_of(rest[-1]) & sentence.topics):
        return None
    if start:
        return " ".join([start[0].lower(), *rest])
    return words if is_name else words[0].lower() + words[1:]


def _is_name(word: str, names: frozenset[str]) -> bool:
    return word in names or any(sign.isupper() or sign.isdigit() for sign in word[1:])


def _is_thing(words: str) -> bool:
    """Whether what was done, made or had can stand in a question without the sentences around it."""
    listed = words.split()
    if listed[0].lower() in _POINTING - {"a", "an"} or len(listed) > _MOST_WORDS:
        return False
    return not (_UNCLEAR.search(words) or re.search(r"\band [a-z]", words))


def asked_of_cell(header: str, key: str, value: str) -> str | None:
    """The question that a table's cell answers; None where its header makes no good one, or the cell says little."""
    name = re.sub(r"\s*\([^)]*\)", "", header).strip()
    if not re.fullmatch(r"[A-Za-z][A-Za-z ]+", name) or value.lower() in _SAYING_LITTLE:
        return None
    if (made := re.fullmatch(r"(\w+ed) (by|in|on)", name)) and (value[0].isupper() or value[0].isdigit()):
        verb = made[1].lower()
        return f"Who {verb} {key}?" if made[2] == "by" else f"When was {key} {verb}?"
    head = name.split()[-1].lower()
    if head not in _MEASURES or re.search(r" (?:at|by|for|from|in|of|on|per|to) ", name):
        return None
    if head == "crew":
        return f"Who was in the crew of {key}?"
    words = name if name.split()[0].isupper() else name[0].lower() + name[1:]
    is_date = re.fullmatch(_DATE, value) and not value.isdigit()
    return f"{'When was' if is_date else 'What is'} the {words} of {key}?"


def words_of(text: str) -> frozenset[str]:
    """The words of a text in lower case, articles left out."""
    return frozenset(re.findall(r"[\w'’-]+", text.lower())) - {"the", "a", "an"}
