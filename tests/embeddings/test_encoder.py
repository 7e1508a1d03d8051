"""Vectors of passages and sentences, against sentence-transformers' own and against means taken by hand."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embeddings import HashingEncoder, PassageInput, SentenceEncoder, find_model
from tests.embeddings.tiny_models import build
from tests.helpers import default_encoder

pytestmark = pytest.mark.filterwarnings("ignore")  # of transformers, to its own authors


def passage(prefix: str, *sentences: str) -> PassageInput:
    """Sentences joined by a space, each with a span."""
    spans, start = [], 0
    for sentence in sentences:
        spans.append((start, start + len(sentence)))
        start += len(sentence) + 1
    return PassageInput(prefix, " ".join(sentences), tuple(spans))


ENGLISH = passage("Birds › Herons", "The heron stands still in shallow water.", "It waits for fish, often for an hour!")
EMOJI = passage("", "Die Höhe beträgt 330 m 😀😀.", "The 👩‍👩‍👧 liked it, naïvely.", "高さは三百メートル。")
BARE = PassageInput("", "No sentence has a span here.", ())
LONG = passage(
    "Long", *[f"This is sentence number {n} of a text that is too long to be read whole." for n in range(40)]
)


def sentence_vectors_by_hand(model: Any, text: str, item: PassageInput, prompt: str = "") -> np.ndarray:
    """The mean of the vectors of those tokens that start within the sentence, at length 1."""
    import torch

    full = prompt + item.embedded
    features = model.tokenizer(
        [full], return_offsets_mapping=True, truncation=True, max_length=model.max_seq_length, return_tensors="pt"
    )
    offsets = features.pop("offset_mapping")[0].tolist()
    with torch.inference_mode():
        tokens = model[0](dict(features))["token_embeddings"][0].numpy()
    rows = []
    for start, end in item.sentences:
        first = len(prompt) + item.offset + start
        inside = [n for n, (a, b) in enumerate(offsets) if b > a and first <= a < first + end - start]
        mean = tokens[inside].mean(axis=0) if inside else np.zeros(tokens.shape[1])
        rows.append(mean / max(float(np.linalg.norm(mean)), 1e-9))
    return np.array(rows)


# --- the encoder that needs no model ----------------------------------------------------------------------------------


def test_hashed_vectors_are_the_same_everywhere() -> None:
    one, two = HashingEncoder(), HashingEncoder()
    assert one.name == two.name != HashingEncoder(dim=64).name
    assert np.array_equal(one.encode_question("A heron"), two.encode_question("A heron"))
    assert (
        np.flatnonzero(one.encode_question("heron")).tolist() == np.flatnonzero(one.encode_question("herons")).tolist()
    )


def test_hashed_vectors_of_texts_that_share_words_are_near() -> None:
    encoder = HashingEncoder()
    [first, second] = encoder.encode_passages([passage("", "The heron stands."), passage("", "A bank lends money.")])
    question = encoder.encode_question("Where does the heron stand?")
    assert question @ first.passage > 0.5 > abs(question @ second.passage)
    assert np.linalg.norm(first.passage) == pytest.approx(1) and first.sentences.shape == (1, 256)


def test_a_passage_without_spans_has_no_sentence_vectors() -> None:
    [vectors] = HashingEncoder(dim=8).encode_passages([BARE])
    assert vectors.sentences.shape == (0, 8)


# --- the default model ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return default_encoder()


@pytest.fixture(scope="module")
def reference(encoder: SentenceEncoder) -> Any:
    """sentence-transformers' own object of the same files."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(find_model().path), device="cpu", local_files_only=True)


def test_tokens_are_counted_without_loading_the_model() -> None:
    fresh = default_encoder()
    assert (fresh.window, fresh.count_tokens("Two words"), fresh.loaded) == (254, 2, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "The heron's 3.14-metre unbelievable antidisestablishmentarianism, e.g. (A/B)!",
        "Пруды и реки — это дом для цапли.",
        "北京是中华人民共和国的首都。東京タワー",
        "한국어 문장입니다. ประเทศไทย",
        "😀😀 👩‍👩‍👧 naïve ﬁn \u00a0x\u200bx İstanbul ß",
        "x" * 99 + " " + "y" * 101 + " " + "word" * 300,
        "mixed漢字and letters",
    ],
)
def test_token_counts_are_the_tokenizers(encoder: SentenceEncoder, reference: Any, text: str) -> None:
    assert encoder.count_tokens(text) == len(reference.tokenizer(text, add_special_tokens=False)["input_ids"])


def test_half_a_character_is_read_as_an_unknown_one(encoder: SentenceEncoder) -> None:
    """JSON and broken files may contain lone surrogates, which no tokenizer takes."""
    broken, whole = passage("Half\ud800", "The heron \udfff stands."), passage("Half\ufffd", "The heron \ufffd stands.")
    assert encoder.count_tokens(broken.text) == encoder.count_tokens(whole.text)
    assert np.array_equal(encoder.encode_question("heron \ud800"), encoder.encode_question("heron \ufffd"))
    [one], [other] = encoder.encode_passages([broken]), encoder.encode_passages([whole])
    assert np.array_equal(one.passage, other.passage) and np.array_equal(one.sentences, other.sentences)


def test_a_passages_vector_is_that_of_sentence_transformers(encoder: SentenceEncoder, reference: Any) -> None:
    items = [ENGLISH, EMOJI, BARE, LONG]
    expected = reference.encode([item.embedded for item in items], normalize_embeddings=True, show_progress_bar=False)
    vectors = encoder.encode_passages(items)
    for item, row in zip(vectors, expected, strict=True):
        assert item.passage == pytest.approx(row, abs=1e-5)
        assert item.passage.dtype == item.sentences.dtype == np.float32
    question = "Where does the heron stand?"
    assert encoder.encode_question(question) == pytest.approx(
        reference.encode([question], normalize_embeddings=True)[0], abs=1e-5
    )


@pytest.mark.parametrize("item", [ENGLISH, EMOJI, BARE, LONG], ids=["english", "emoji", "no spans", "too long"])
def test_sentence_vectors_are_the_means_of_their_tokens(
    encoder: SentenceEncoder, reference: Any, item: PassageInput
) -> None:
    [vectors] = encoder.encode_passages([item])
    assert vectors.sentences.shape == (len(item.sentences), encoder.dim)
    if item.sentences:
        expected = sentence_vectors_by_hand(reference, item.embedded, item)
        assert vectors.sentences == pytest.approx(expected, abs=1e-5)


def test_sentences_beyond_the_window_have_zeros_and_no_others(encoder: SentenceEncoder) -> None:
    [vectors] = encoder.encode_passages([LONG])
    lengths = np.linalg.norm(vectors.sentences, axis=1)
    read = int(np.count_nonzero(lengths))
    assert 10 < read < 20 and not lengths[read:].any()
    assert lengths[:read] == pytest.approx(np.ones(read), abs=1e-5)


def test_a_vector_does_not_depend_on_its_neighbours_or_their_order(encoder: SentenceEncoder) -> None:
    items = [passage("T", *["A word more."] * (n % 7 + 1), f"Number {n}.") for n in range(18)]
    alone = {number: encoder.encode_passages([items[number]])[0] for number in (0, 6, 17)}
    order = list(range(18))
    random.Random(3).shuffle(order)
    together = encoder.encode_passages([items[n] for n in order])
    for number, vectors in alone.items():
        assert together[order.index(number)].passage == pytest.approx(vectors.passage, abs=1e-5)
        assert together[order.index(number)].sentences == pytest.approx(vectors.sentences, abs=1e-5)


def test_no_passages_give_no_vectors(encoder: SentenceEncoder) -> None:
    assert encoder.encode_passages([]) == []


# --- other models -----------------------------------------------------------------------------------------------------

TINY = passage("title", "the heron stands in the water.", "one stork two storks")
PROMPTS = {"query": "query: ", "document": "passage: "}


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize(
    ("prompts", "question_prompt", "passage_prompt"),
    [
        (None, "", ""),
        (PROMPTS, "query: ", "passage: "),
        ({"query": "query: ", "passage": "passage: "}, "query: ", "passage: "),
        ({"search": "search "}, "", ""),
    ],
    ids=["none", "document", "passage", "others"],
)
def test_prompts_are_honoured_whatever_the_pooling(
    tmp_path: Path, pooling: str, prompts: dict[str, str] | None, question_prompt: str, passage_prompt: str
) -> None:
    from sentence_transformers import SentenceTransformer

    path = build(tmp_path, pooling=pooling, prompts=prompts)
    encoder, reference = SentenceEncoder(find_model(str(path))), SentenceTransformer(str(path), device="cpu")

    def expected(text: str) -> np.ndarray:
        return reference.encode([text], prompt="", normalize_embeddings=True)[0]

    [vectors, _] = encoder.encode_passages([TINY, BARE])
    assert encoder.encode_question("heron") == pytest.approx(expected(f"{question_prompt}heron"), abs=1e-5)
    assert vectors.passage == pytest.approx(expected(passage_prompt + TINY.embedded), abs=1e-5)
    if pooling == "mean":
        by_hand = sentence_vectors_by_hand(reference, TINY.embedded, TINY, passage_prompt)
    else:
        by_hand = np.array([expected(passage_prompt + TINY.text[a:b]) for a, b in TINY.sentences])
    assert vectors.sentences == pytest.approx(by_hand, abs=1e-5)


def test_the_window_is_the_models_own_less_its_prompt(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    bare = build(tmp_path / "bare", window=24)
    prompted = build(tmp_path / "prompted", window=24, prompts=PROMPTS)
    assert SentenceTransformer(str(bare), device="cpu").max_seq_length == 24
    assert SentenceEncoder(find_model(str(bare))).window == 22
    assert SentenceEncoder(find_model(str(prompted))).window == 20  # "passage" and ":"


def test_a_model_trained_further_in_its_place_is_another_model(tmp_path: Path) -> None:
    one, two = build(tmp_path / "a", seed=1), build(tmp_path / "b", seed=2)
    names = {find_model(str(path)).fingerprint.rpartition("@")[2] for path in (one, two)}
    assert len(names) == 2
