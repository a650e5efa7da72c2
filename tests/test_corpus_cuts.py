"""Sentences and passages over text with structure: scripts, abbreviations and marks mixed, the answer known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import Document, Mark, Splitting, sentences, split
from quoth.corpus.blocks import blocks
from quoth.corpus.document import Extract
from quoth.corpus.parsing import TextBuilder
from strategies import document_of, documents, splittings, telling_text, texts

PLAIN = [
    "The leaders met in Tokyo.",
    "Did they sign the treaty?",
    "They did!",
    "Nobody had expected that outcome…",
    "It cost 3.5 million dollars (about 4 percent of the budget).",
    "“We agreed on every point,” said the minister.",
    "He said: “We agreed.”",
    "Dr. Smith, of the U.S. delegation, left early.",
    "The route, i.e. the northern one, was closed.",
    "See Fig. 3 and pp. 12 to 14 for details.",
    "Mr. and Mrs. Jones arrived at 5 p.m. with J. R. Tolkien.",
    "The site example.org, version 2.0.1, was down.",
    "Prof. Dr. Müller sprach am 3. Mai über z.B. Energie.",
    "Лидеры встретились в Токио.",
    "Это был т.е. первый саммит.",
    "¿Cuándo volverá el presidente?",
    "Οι ηγέτες συναντήθηκαν στο Τόκιο.",
    "Was it the end?!",
    "The end came [12] in the evening.",
    "That is what they wrote.[3]",
]
HARD = [
    "首脳は東京で会った。",
    "条約に署名したのか？",
    "「行こう」と言った。",
    "这是第一次峰会！",
    "करार पर हस्ताक्षर हुए।",
    "هل وقعوا على الاتفاق؟",
]
# A line that begins with an initial cannot be told from one of a list, `J.` before it or not.
wrapped_lists = st.lists(st.sampled_from([each for each in PLAIN if "J. R." not in each]), min_size=1, max_size=8)
mixed_lists = st.lists(st.sampled_from(PLAIN + HARD), min_size=1, max_size=8)


def cut(text: str) -> list[str]:
    return [text[span.start : span.stop] for span in sentences(text)]


class TestSentences:
    """Sentences that are known beforehand are found again."""

    @pytest.mark.parametrize("sentence", PLAIN + HARD)
    def test_a_sentence_alone_is_one(self, sentence: str) -> None:
        assert cut(sentence) == [sentence]
        assert cut(f" \n{sentence}\t\r\n") == [sentence]

    @settings(deadline=None, max_examples=150)
    @given(mixed_lists, st.sampled_from([" ", "  ", "\n\n", "\r\n\r\n", "\u2029", " \n \n ", "\xa0"]))
    def test_joined_sentences_are_parted_where_they_were_joined(self, wanted: list[str], gap: str) -> None:
        assert cut(gap.join(wanted)) == wanted

    @settings(deadline=None, max_examples=60)
    @given(st.lists(st.sampled_from(HARD[:4]), min_size=1, max_size=8))
    def test_chinese_and_japanese_need_no_space(self, wanted: list[str]) -> None:
        assert cut("".join(wanted)) == wanted

    @settings(deadline=None, max_examples=60)
    @given(wrapped_lists, st.sampled_from(["\n", "\r\n", "\r"]), st.integers(30, 60))
    def test_hard_wrapped_text_has_the_same_sentences(self, wanted: list[str], end: str, width: int) -> None:
        """Where the lines end says nothing, as in mail."""
        rows = [""]
        for word in " ".join(wanted).split(" "):
            if rows[-1] and len(rows[-1]) + 1 + len(word) > width:
                rows.append(word)
            else:
                rows[-1] = f"{rows[-1]} {word}".lstrip()
        found = [" ".join(sentence.split()) for sentence in cut(end.join(rows))]
        assert found == wanted

    @settings(deadline=None, max_examples=100)
    @given(texts, st.text(alphabet=" \n\t\r\xa0", max_size=4), st.text(alphabet=" \n\t\r\xa0", max_size=4))
    def test_white_space_around_a_text_only_moves_its_sentences(self, text: str, before: str, after: str) -> None:
        stripped = text.strip()
        assert cut(f"{before}{stripped}{after}") == cut(stripped)

    @settings(deadline=None, max_examples=100)
    @given(telling_text)
    def test_what_stands_in_other_blocks_has_no_say(self, text: str) -> None:
        """Each block of a paragraph is cut as if it stood alone, whatever the blocks around it hold."""
        for paragraph in ("(a. B", ") c. D"):
            assert cut(f"{text}\n\n{paragraph}")[-len(cut(paragraph)) :] == cut(paragraph)
            assert cut(f"{paragraph}\n\n{text}")[: len(cut(paragraph))] == cut(paragraph)

    @pytest.mark.parametrize("closing", [")", "b).", "(c)", "and more (d)."])
    def test_a_bracket_that_closes_in_another_paragraph_does_not_hold_this_one_open(self, closing: str) -> None:
        first = ["He said (as always.", "Then he left."]
        assert cut(f"{' '.join(first)}\n\n{closing}")[:2] == first

    @pytest.mark.parametrize(
        "text",
        [
            *("- one.\n- two.\n- three.", "1. one\n2. two\n3. three", "a|b\nc|d", "a\tb\nc\td"),
            *("# One\nText\n# Two", "Head\n====\nText"),
        ],
    )
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
    def test_lines_that_are_blocks_are_so_with_every_line_end(self, text: str, end: str) -> None:
        lines = text.split("\n")
        whole = text.replace("\n", end)
        assert [whole[span.start : span.stop] for span in blocks(whole)] == lines


class TestSplitting:
    """Passages."""

    @settings(deadline=None, max_examples=80)
    @given(mixed_lists, st.sampled_from([" ", "\n", "\n\n"]), splittings)
    def test_no_sentence_that_fits_is_ever_parted(self, wanted: list[str], gap: str, splitting: Splitting) -> None:
        document = document_of(gap.join(wanted))
        edges = {passage.start for passage in split(document, splitting)}
        for span in sentences(document.text):
            if len(span) <= splitting.longest:
                assert not any(span.start < edge < span.stop for edge in edges)

    @settings(deadline=None, max_examples=25)
    @given(st.lists(st.sampled_from(PLAIN), min_size=60, max_size=90), st.integers(150, 600))
    def test_the_average_is_near_the_target(self, wanted: list[str], target: int) -> None:
        document = document_of(" ".join(wanted))
        passages = split(document, Splitting(target, 2 * target))
        average = len(document.text) / len(passages)
        assert 0.7 * target <= average <= 1.4 * target

    @settings(deadline=None, max_examples=80)
    @given(documents())
    def test_one_long_passage_where_everything_fits(self, document: Document) -> None:
        """With a target beyond the text there is no reason for any cut."""
        [passage] = split(document_of(document.text), Splitting(10_000, 20_000))
        assert (passage.start, passage.stop, passage.text) == (0, len(document.text), document.text)

    @settings(deadline=None, max_examples=60)
    @given(documents(), splittings)
    def test_the_name_of_a_document_has_no_say_in_its_passages(self, document: Document, splitting: Splitting) -> None:
        twin = document_of(document.text, document.marks, title="Another", seed="another file")
        places = [(passage.start, passage.stop) for passage in split(document, splitting)]
        assert [(passage.start, passage.stop) for passage in split(twin, splitting)] == places
        assert {passage.document for passage in split(twin, splitting)} == {twin.id}

    @settings(deadline=None, max_examples=40)
    @given(st.lists(st.integers(4, 9), min_size=2, max_size=6))
    def test_sections_with_headings_are_passages(self, sizes: list[int]) -> None:
        built = TextBuilder()
        for number, size in enumerate(sizes):
            built.end_line("\n\n")
            built.mark_heading(len(built), f"Section {number}")
            built.add(f"Section {number}\n\n" + " ".join(["It has some forty characters and a few."] * size))
        document = document_of(built.text(), built.marks())
        passages = split(document, Splitting(260, 600))
        assert [mark.start for mark in document.marks] == [
            passage.start for passage in passages if passage.text.startswith("Section")
        ]

    @pytest.mark.parametrize("longest", [1, 2, 3, 7])
    @pytest.mark.parametrize("unit", ["ab", "日本", "a. ", "é", "\r\n x", "1. "])
    def test_the_smallest_sizes_are_kept_to(self, unit: str, longest: int) -> None:
        document = document_of(unit * 40)
        passages = split(document, Splitting(1, longest))
        assert "".join(passage.text for passage in passages) == document.text
        assert all(0 < len(passage.text.strip()) <= longest for passage in passages)


class TestBuilding:
    """`TextBuilder`: offsets by counting."""

    @settings(deadline=None, max_examples=150)
    @given(st.lists(st.one_of(st.sampled_from(["\n", "\n\n", "", "a", "a\n", " "]), texts), max_size=12), st.data())
    def test_it_counts_as_python_does(self, pieces: list[str], data: st.DataObject) -> None:
        built = TextBuilder()
        for piece in pieces:
            built.add(piece)
        whole = "".join(pieces)
        start = data.draw(st.integers(0, len(whole)))
        assert (built.text(), len(built), built.since(start)) == (whole, len(whole), whole[start:])
        assert built.last == (whole[-1:] or "\n")

    @settings(deadline=None, max_examples=100)
    @given(
        st.lists(st.sampled_from(["\n", "\n\n", "a", "a\n", "\na", " "]), max_size=8), st.sampled_from(["\n", "\n\n"])
    )
    def test_a_line_is_ended_once_and_fully(self, pieces: list[str], ends: str) -> None:
        built = TextBuilder()
        for piece in pieces:
            built.add(piece)
        whole = built.text()
        built.end_line(ends)
        built.end_line(ends)
        missing = next(count for count in range(3) if not whole or f"{whole}{chr(10) * count}".endswith(ends))
        assert built.text() == whole + "\n" * missing

    def test_marks_come_in_order_whatever_the_order_they_were_made_in(self) -> None:
        built = TextBuilder()
        built.mark_page(1)
        built.add("Head\nBody\n")
        built.mark_page(2)
        built.mark_heading(0, " Head \n ")
        built.mark_heading(5, " \n ")
        assert built.marks() == (Mark(0, "page", "1"), Mark(0, "heading", "Head"), Mark(10, "page", "2"))

    @pytest.mark.parametrize("space", [" ", "\n", "\x0c", "\u2028 ", "  \n\t"])
    def test_a_heading_stands_on_its_first_visible_character(self, space: str) -> None:
        built = TextBuilder()
        built.add("One.\n\n")
        start = len(built)
        built.add(f"{space}Head\n\nBody.")
        built.mark_heading(start, f"{space}Head")
        built.mark_heading(len(built), "never added")
        assert built.marks() == (Mark(start + len(space), "heading", "Head"),)

    @pytest.mark.parametrize("start", [4, 5, 11, 12])
    def test_an_extract_whose_heading_stands_on_nothing_cannot_be_built(self, start: int) -> None:
        with pytest.raises(ValueError, match=r"white space|inside the text"):
            Extract("One.\n\nBody.", None, (Mark(start, "heading", "Head"),), "text/1")

    @pytest.mark.parametrize("label", ["²", "①", "½", "", "1.5", "-1", "iv", " 1"])
    def test_a_page_that_cannot_be_counted_cannot_be_marked(self, label: str) -> None:
        with pytest.raises(ValueError, match="needs a number"):
            Mark(0, "page", label)

    @pytest.mark.parametrize("label", ["0", "1", "12", "٣"])
    def test_a_page_that_was_marked_is_a_number(self, label: str) -> None:
        assert document_of("Words.", (Mark(0, "page", label),)).page_at(3) == int(label)
