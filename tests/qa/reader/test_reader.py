"""The extractive reader: exact offsets, whole passages, and clear errors for what is no reader."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from embeddings.models import installed_default
from qa import Library, Settings
from qa.errors import ReaderError
from qa.reader.reader import Calibration, Reader, load_model, open_reader
from qa.reader.windows import ReaderInput, Window, in_windows
from tests.helpers import assert_quotes_are_slices, needs_model, write

pytestmark = [
    needs_model,
    pytest.mark.filterwarnings("ignore"),  # of transformers, to its own authors
]

TEXT = "Die Brücke 🌉 opened in 1894. It is 244 m long — and was built by Sir Horace Jones."


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader of one small layer with random weights and the default encoder's tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("reader")
    config = BertConfig(
        vocab_size=30522, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    BertForQuestionAnswering(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(installed_default()).save_pretrained(folder)
    return folder


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    return shutil.copytree(tiny, tmp_path / "copy")


def window(*offsets: tuple[int, int] | None) -> Window:
    return Window(0, tuple(range(len(offsets))), (0,) * len(offsets), offsets)


def test_the_best_span_is_the_one_whose_ends_score_most_above_no_answer() -> None:
    # tokens: [CLS] question [SEP] "in" "May" "1894" [SEP]
    found = window(None, None, None, (0, 2), (3, 6), (7, 11), None).spans(
        np.array([1.0, 9.0, 9.0, 0.0, 3.0, 2.0, 9.0], np.float32),
        np.array([0.5, 9.0, 9.0, 0.0, 1.0, 4.0, 9.0], np.float32),
    )
    assert [(span.start, span.end, span.score) for span in found[:2]] == [(3, 11, 5.5), (7, 11, 4.5)]
    assert all(span.start < span.end for span in found) and len(found) == 6


def test_an_answer_has_at_most_thirty_tokens() -> None:
    offsets = [None, *((at, at + 1) for at in range(50))]
    starts, ends = np.zeros(51, np.float32), np.zeros(51, np.float32)
    starts[1] = ends[50] = 5.0
    found = window(*offsets).spans(starts, ends)
    assert max(span.end - span.start for span in found) <= 30


def test_a_window_without_words_of_the_passage_has_no_spans() -> None:
    assert window(None, None).spans(np.zeros(2, np.float32), np.zeros(2, np.float32)) == []


def test_spans_are_slices_of_the_passage_and_do_not_overlap(tiny: Path) -> None:
    reader = Reader(tiny)
    for title in ("", "A title that never answers"):
        (reading,) = reader.read("When did the bridge open?", [ReaderInput(title, TEXT)])
        assert 1 < len(reading.spans) <= 5 and reading.score == reading.spans[0].score
        for span in reading.spans:
            words = TEXT[span.start : span.end]
            assert words and words == words.strip()
        for one, other in zip(
            sorted(reading.spans, key=lambda s: s.start), sorted(reading.spans, key=lambda s: s.start)[1:], strict=False
        ):
            assert one.end <= other.start
        assert list(reading.spans) == sorted(reading.spans, key=lambda span: -span.score)


def test_readings_come_in_the_order_of_the_passages_whatever_their_length(tiny: Path) -> None:
    texts = ["One. " * 40, "Two words here.", "Three. " * 15, "x"]
    reader = Reader(tiny)
    together = reader.read("Which?", [ReaderInput("", text) for text in texts])
    alone = [reader.read("Which?", [ReaderInput("", text)])[0] for text in texts]
    for one, other in zip(together, alone, strict=True):
        assert [(s.start, s.end) for s in one.spans[:1]] == [(s.start, s.end) for s in other.spans[:1]]
        assert one.score == pytest.approx(other.score, abs=1e-3)


def test_every_word_of_a_long_passage_is_in_a_window(tiny: Path) -> None:
    tokenizer, _ = load_model(tiny)
    text = " ".join(f"word{number}" for number in range(700))
    found = in_windows(tokenizer, "Which word?", [ReaderInput("Title", text)], 384)
    seen = {at for each in found for offset in each.offsets if offset for at in range(*offset)}
    assert len(found) > 3
    assert seen == {at for at, char in enumerate(text) if not char.isspace()}
    assert all(len(each.ids) <= 384 for each in found)


def test_a_question_longer_than_the_window_is_cut_and_answered(tiny: Path) -> None:
    (reading,) = Reader(tiny).read("why " * 1500, [ReaderInput("", TEXT)])
    assert reading.spans


def test_nothing_to_read_gives_nothing(tiny: Path) -> None:
    assert Reader(tiny).read("Why?", []) == []
    assert Reader(tiny).read("Why?", [ReaderInput("", " ")])[0].score == -math.inf


def test_an_encoder_is_no_reader_and_the_error_names_what_it_is() -> None:
    folder = installed_default()
    assert folder is not None
    with pytest.raises(ReaderError, match="BertModel, not a model for question answering"):
        Reader(folder).load()


def test_a_folder_without_configuration_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match=f"{tmp_path.name} holds no reader"):
        Reader(tmp_path).load()


def test_damaged_weights_are_named(copy: Path) -> None:
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(ReaderError, match="cannot be loaded"):
        Reader(copy).load()


def test_weights_without_the_answering_layer_are_no_reader(copy: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    save_file({k: v for k, v in weights.items() if "qa_outputs" not in k}, copy / "model.safetensors", {"format": "pt"})
    with pytest.raises(ReaderError, match="lack qa_outputs"):
        Reader(copy).load()


def test_another_models_tokenizer_is_refused(copy: Path) -> None:
    tokenizer = json.loads((copy / "tokenizer.json").read_text("utf-8"))
    tokenizer["model"]["vocab"] |= {f"[more{number}]": 30522 + number for number in range(9)}
    (copy / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    with pytest.raises(ReaderError, match="do not belong together"):
        Reader(copy).load()


def test_a_hub_name_that_is_not_here_is_an_error_that_names_it() -> None:
    with pytest.raises(ReaderError, match="nobody/no-such-reader"):
        Reader("nobody/no-such-reader").load()


def test_scores_that_are_not_numbers_never_reach_a_ranking(copy: Path) -> None:
    from safetensors.numpy import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    save_file(
        weights | {"qa_outputs.bias": np.full(2, np.nan, np.float32)}, copy / "model.safetensors", {"format": "pt"}
    )
    with pytest.raises(ReaderError, match="not numbers"):
        Reader(copy).read("When?", [ReaderInput("", TEXT)])


def test_calibration_comes_from_the_folder_and_a_damaged_one_is_named(copy: Path) -> None:
    assert Reader(copy).calibration == Calibration()
    values = {"order_weight": 0.1, "unit_share": 0.5, "confidence": [1, 2, 3, 4, 5, 6, 7], "languages": ["en"]}
    (copy / "calibration.json").write_text(json.dumps(values))
    assert Reader(copy).calibration == Calibration(0.1, 0.5, (1, 2, 3, 4, 5, 6, 7), frozenset({"en"}))
    (copy / "calibration.json").write_text(json.dumps(values | {"confidence": "high"}))
    with pytest.raises(ReaderError, match=r"calibration\.json is damaged"):
        Reader(copy).calibration  # noqa: B018
    (copy / "calibration.json").write_text(json.dumps(values | {"sentence_share": 0.5}))  # its name was changed
    with pytest.raises(ReaderError, match=r"calibration\.json is damaged"):
        Reader(copy).calibration  # noqa: B018
    (copy / "calibration.json").write_text("[]")
    with pytest.raises(ReaderError, match=r"calibration\.json is damaged"):
        Reader(copy).calibration  # noqa: B018


def test_a_setting_names_the_reader() -> None:
    assert open_reader("none") is None
    assert open_reader("default") is not None


def test_with_a_damaged_reader_asking_says_how_to_go_on_without(tmp_path: Path, copy: Path) -> None:
    (copy / "model.safetensors").write_bytes(b"")
    write(tmp_path / "docs", {"bridge.txt": TEXT})
    from embeddings import HashingEncoder

    with Library.open(tmp_path / "library", encoder=HashingEncoder(), settings=Settings(reader=str(copy))) as library:
        library.add(tmp_path / "docs")
        with pytest.raises(ReaderError, match="reader none"):
            library.ask("When did the bridge open?")


def test_an_answer_names_the_readers_words_inside_its_quotes(tmp_path: Path, tiny: Path) -> None:
    from embeddings import HashingEncoder

    write(tmp_path / "docs", {"bridge.txt": TEXT, "river.txt": "The Thames is 346 km long. It rises near Kemble."})
    settings = Settings(reader=str(tiny), threshold=0.0)
    with Library.open(tmp_path / "library", encoder=HashingEncoder(), settings=settings) as library:
        library.add(tmp_path / "docs")
        answer = library.ask("When did the bridge open?")
        assert_quotes_are_slices(library, answer)
        assert all(hit.spans and hit.detail.reader is not None for hit in answer.hits)
        assert [hit.score for hit in answer.hits] == sorted((hit.score for hit in answer.hits), reverse=True)
        for citation in answer.citations:
            for start, end in citation.spans:
                assert citation.start <= start < end <= citation.end
        if answer.short is not None:
            start, end = answer.citations[0].spans[0]
            assert answer.short == library.document(answer.citations[0].document_id).text[start:end]
        assert answer.timings.keys() == {"search", "read", "answer", "total"}
