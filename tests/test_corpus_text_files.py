"""Plain text and Markdown in every disguise the world keeps them in: encodings, line ends, headings that are none."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import Document, UnreadableDocument, read_bytes
from quoth.corpus.decoding import decode
from strategies import TELLING

ENGLISH = "The leaders met in Tokyo, spoke of routes and energy, and signed what they had agreed on."
RUSSIAN = "Лидеры встретились в Токио, говорили о дорогах и энергии и подписали то, о чём договорились."
JAPANESE = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
CHINESE = "这是一个关于中亚与日本首次峰会的故事。各国领导人讨论了运输路线和能源合作。"
KOREAN = "일본과 중앙아시아 정상들이 도쿄에서 만나 협력을 논의했다."

MARKED = {
    "utf-8-sig": b"",
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
PRINTABLE = [piece for piece in TELLING if "\x00" not in piece]
printable_texts = st.lists(st.sampled_from(PRINTABLE), max_size=60).map("".join)


class TestStatedEncodings:
    """What begins with a byte order mark."""

    @pytest.mark.parametrize("encoding", MARKED)
    @settings(deadline=None, max_examples=40)
    @given(text=printable_texts)
    def test_every_text_comes_back(self, encoding: str, text: str) -> None:
        assert decode(MARKED[encoding] + text.encode(encoding), "x.txt") == text

    @pytest.mark.parametrize("encoding", MARKED)
    def test_line_ends_after_the_mark_stay(self, encoding: str) -> None:
        text = "\r\nfirst\r\n\rlast\n"
        assert decode(MARKED[encoding] + text.encode(encoding), "x.txt") == text

    @pytest.mark.parametrize("encoding", MARKED)
    def test_only_the_first_mark_is_one(self, encoding: str) -> None:
        """A second one is a zero-width no-break space, a character of the text like any other."""
        text = "\ufeffwords"
        assert decode(MARKED[encoding] + text.encode(encoding), "x.txt") == text

    @pytest.mark.parametrize("encoding", MARKED)
    def test_a_mark_with_nothing_after_it_is_a_file_without_text(self, encoding: str) -> None:
        data = MARKED[encoding] or codecs.BOM_UTF8
        assert decode(data, "x.txt") == ""
        with pytest.raises(UnreadableDocument, match="only white space"):
            read_bytes(data, "x.txt")

    @pytest.mark.parametrize("encoding", [name for name in MARKED if name.startswith(("utf-16", "utf-32"))])
    def test_a_file_cut_inside_a_character_is_refused_with_its_encoding(self, encoding: str) -> None:
        data = (MARKED[encoding] + "words 😀".encode(encoding))[:-1]
        with pytest.raises(UnreadableDocument, match=f"promise {encoding.upper()}"):
            decode(data, "x.txt")

    @pytest.mark.parametrize("encoding", MARKED)
    def test_zeros_behind_a_mark_are_still_binary_data(self, encoding: str) -> None:
        data = (MARKED[encoding] or codecs.BOM_UTF8) + "\x01\x00\x02 ".encode(encoding.removesuffix("-sig")) * 50
        with pytest.raises(UnreadableDocument, match="binary data"):
            decode(data, "x.txt")

    @pytest.mark.parametrize(
        "first", ["Ā", "日", "é", "a", "\u0100\u0200", "😀"], ids=["U+0100", "kanji", "accent", "ascii", "two", "emoji"]
    )
    def test_the_first_letter_does_not_confuse_the_mark(self, first: str) -> None:
        for encoding in ("utf-16", "utf-32"):
            assert decode((first + ENGLISH).encode(encoding), "x.txt") == first + ENGLISH


class TestUnstatedEncodings:
    """What begins with the first letter of the text."""

    @pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_latin_utf16_in_lines(self, encoding: str, end: str) -> None:
        text = end.join([ENGLISH, "", "Café – naïve “quotes”."])
        assert decode(text.encode(encoding), "x.txt") == text

    def test_utf16_of_an_odd_length_is_not_taken_for_text(self) -> None:
        with pytest.raises(UnreadableDocument, match="binary data"):
            decode(ENGLISH.encode("utf-16-le") + b"\x00", "x.txt")

    @pytest.mark.parametrize(
        ("text", "encoding"),
        [
            (RUSSIAN, "cp1251"),
            (RUSSIAN, "koi8-r"),
            (JAPANESE, "shift_jis"),
            (CHINESE, "gb18030"),
            (KOREAN, "euc_kr"),
            ("Gesetz über die Förderung – Größe, Maß und Übermaß. Schöne Grüße aus München!", "cp1252"),
            ("C’était l’été à Orléans, où l’élève préféré du maître rêvait d’être reçu à l’École.", "cp1252"),
            ("Il governo è caduto perché la città non può più pagare. Così è la libertà.", "cp1252"),
            ("O governo não aprovou a lei; a situação é difícil e a população está à espera.", "cp1252"),
            ("Regeringen antog lagen i går; många människor är nöjda på grund av det.", "cp1252"),
            ("Vi så på året som gikk, og prøvde å forstå hva som førte til det.", "cp1252"),
            ("Příliš žluťoučký kůň úpěl ďábelské ódy. Vláda schválila nový zákon.", "cp1250"),
            ("Więc coś się dzieje. Rząd przyjął nową ustawę, a ludzie są źli.", "cp1250"),
            ("A kormány elfogadta az új törvényt, és a miniszterelnök beszédet mondott.", "cp1250"),
            ("El año pasado, la señora Núñez viajó a España. ¿Cuándo volverá? ¡Mañana!", "latin-1"),
        ],
    )
    @pytest.mark.parametrize("lines", [3, 40])
    def test_older_encodings(self, text: str, encoding: str, lines: int) -> None:
        whole = f"{text}\r\n" * lines
        assert decode(whole.encode(encoding), "x.txt") == whole

    @pytest.mark.parametrize("shift", ["", "a"], ids=["even", "odd"])
    @pytest.mark.parametrize(
        ("line", "encoding"), [(JAPANESE, "shift_jis"), (CHINESE, "gb18030"), (KOREAN, "euc_kr"), (CHINESE, "gbk")]
    )
    def test_a_book_of_two_byte_characters(self, line: str, encoding: str, shift: str) -> None:
        """The detector sees a part of it only, and that part must not end with half a character."""
        text = shift + f"{line}\n" * 8000
        assert len(text.encode(encoding)) > 400_000
        assert decode(text.encode(encoding), "x.txt") == text

    def test_a_book_whose_first_foreign_letter_comes_late(self) -> None:
        text = f"{ENGLISH}\n" * 4000 + f"{JAPANESE}\n" * 8000
        assert decode(text.encode("shift_jis"), "x.txt") == text

    @settings(deadline=None, max_examples=40)
    @given(st.binary(min_size=1, max_size=4), st.integers(0, 60))
    def test_a_few_stray_bytes_in_ascii_never_bring_it_down(self, strays: bytes, at: int) -> None:
        ascii_text = ENGLISH.encode()
        data = ascii_text[:at] + strays + ascii_text[at:]
        try:
            text = decode(data, "x.txt")
        except UnreadableDocument as error:
            assert error.name == "x.txt"
        else:
            assert text.encode("utf-8").decode("utf-8") == text
            assert text.startswith(ENGLISH[: min(at, 3)]) or at == 0

    @pytest.mark.parametrize("stray", ["\x80", "\x85", "\x9f", "\xa0", "\xad", "\ufffd", "\ufffe", "\U0010ffff"])
    def test_strange_characters_are_characters(self, stray: str) -> None:
        text = f"Before{stray}after."
        assert decode(text.encode(), "x.txt") == text

    @pytest.mark.parametrize(("strays", "refused"), [(8, False), (9, True)])
    def test_where_strays_become_too_many(self, strays: int, refused: bool) -> None:
        """In a short text eight control characters are let through and nine are not."""
        data = b"word word word \x07" * strays
        if refused:
            with pytest.raises(UnreadableDocument, match="binary data"):
                decode(data, "x.txt")
        else:
            assert decode(data, "x.txt") == data.decode()


def notes(text: str) -> Document:
    return read_bytes(text.encode(), "notes.md")


def headings(text: str) -> list[str]:
    """The labels; each mark is checked to begin the line of its label."""
    document = notes(text)
    for mark in document.marks:
        line = document.text[mark.start :].replace("\r", "\n").split("\n", 1)[0]
        assert mark.label in line
        before = document.text[: mark.start].rstrip(" ")
        assert not before or before[-1] in "\r\n"
    return [mark.label for mark in document.marks]


class TestMarkdown:
    """What is a heading, and what only looks like one."""

    @pytest.mark.parametrize(
        ("text", "labels"),
        [
            ("# One #\n", ["One"]),
            ("# One ##########\n", ["One"]),
            ("# One#\n", ["One#"]),
            ("# One # two\n", ["One # two"]),
            ("#\tTab\n", ["Tab"]),
            ("#   Spaces   \n", ["Spaces"]),
            ("   # Three before\n", ["Three before"]),
            ("    # Four before\n", []),
            ("###### Six\n", ["Six"]),
            ("# #\n", []),
            ("## \n", []),
            ("##\n---\n", []),
            ("#\n===\n", []),
            ("Under\n===\n", ["Under"]),
            ("Under\n  ---  \n", ["Under"]),
            ("Under\n    ---\n", []),
            ("Under\n\n---\n", []),
            ("Under\n=-=\n", []),
            ("Under\n-\n", []),
            ("# Over\n---\n", ["Over"]),
            ("1. item\n---\n", []),
            ("12) item\n---\n", []),
            ("* item\n===\n", []),
            ("| a | b |\n---\n", []),
            ("*Emphasis* first\n===\n", ["*Emphasis* first"]),
            ("-dash first\n---\n", ["-dash first"]),
        ],
    )
    def test_headings(self, text: str, labels: list[str]) -> None:
        assert headings(text) == labels
        assert headings(f"Intro.\n\n{text}\nMore.\n") == labels

    @pytest.mark.parametrize("line", ["---", "***", "___", "- - -", "*  *  *", "_ _ _ _", "-----  "])
    def test_a_line_across_the_page_is_no_heading_whatever_follows(self, line: str) -> None:
        assert headings(f"Intro.\n\n{line}\n---\n\n{line}\n===\n\n# Real\n") == ["Real"]

    @pytest.mark.parametrize(
        ("text", "labels"),
        [
            ("```\n# a\n```\n# b\n", ["b"]),
            ("````\n```\n# a\n````\n# b\n", ["b"]),
            ("~~~\n```\n# a\n~~~\n# b\n", ["b"]),
            ("```\n~~~\n# a\n```\n# b\n", ["b"]),
            ("```python title='x'\n# a\n```\n# b\n", ["b"]),
            ("```\n# a\n``` no end\n# b\n```\n# c\n", ["c"]),
            ("   ```\n# a\n   ```\n# b\n", ["b"]),
            ("    ```\n# b\n", ["b"]),
            ("``\n# b\n``\n", ["b"]),
            ("```inline code```\n\n# b\n", ["b"]),
            ("```` a ` b\n# b\n", ["b"]),
            ("~~~ with ` and ~\n# a\n~~~\n# b\n", ["b"]),
            ("```\nUnder\n===\n```\n", []),
            ("Above\n```\n---\n```\n", []),
            ("```\n# a\n`````\n# b\n", ["b"]),
        ],
    )
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_code_is_no_heading_and_ends_where_it_ends(self, text: str, labels: list[str], end: str) -> None:
        assert headings(text.replace("\n", end)) == labels

    @pytest.mark.parametrize(
        ("front", "title"),
        [
            ("title: Plain", "Plain"),
            ("title: 'Single'", "Single"),
            ('title: "Double"', "Double"),
            ('title: About "Foo"', 'About "Foo"'),
            ("title: Rock 'n' roll's", "Rock 'n' roll's"),
            ('title: "It\'s here"', "It's here"),
            ("title: '' ", "Head"),
            ("title: a: b: c", "a: b: c"),
            ("TITLE:\tshouted", "shouted"),
            ("subtitle: no", "Head"),
            ("  title: nested", "Head"),
            ("title: >-\n  folded", "Head"),
            ("title: |\n  kept", "Head"),
            ("title: > or <", "> or <"),
            ("author: A\ntitle: second line", "second line"),
            ("title: one\ntitle: two", "one"),
            ("# title: comment", "Head"),
        ],
    )
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_the_title_of_the_front_matter(self, front: str, title: str, end: str) -> None:
        text = f"---\n{front}\n---\n\n# Head\n".replace("\n", end)
        assert notes(text).title == title
        assert headings(text) == ["Head"]

    @pytest.mark.parametrize("opening", ["----", "--", " ---", "\n---"])
    def test_front_matter_begins_with_the_first_line_or_is_none(self, opening: str) -> None:
        assert notes(f"{opening}\ntitle: No\n\n---\n\n# Head\n").title == "Head"

    @settings(deadline=None, max_examples=60)
    @given(
        st.lists(
            st.tuples(st.sampled_from(["atx", "setext", "code", "text"]), st.integers(1, 2), st.integers(0, 99)),
            max_size=10,
        ),
        st.sampled_from(["\n", "\r\n", "\r"]),
    )
    def test_headings_are_found_in_any_arrangement(self, parts: list[tuple[str, int, int]], end: str) -> None:
        wanted: list[str] = []
        lines: list[str] = []
        for kind, level, number in parts:
            label = f"Part {number}"
            if kind == "atx":
                lines += ["#" * level + f" {label}", ""]
            elif kind == "setext":
                lines += [label, "=-"[level - 1] * 3, ""]
            elif kind == "code":
                lines += ["```", f"# {label}", "```", ""]
            else:
                lines += [f"{label} goes on.", ""]
            wanted += [label] if kind in {"atx", "setext"} else []
        assert headings(end.join([*lines, "End."])) == wanted

    @pytest.mark.parametrize("encoding", MARKED)
    def test_places_count_from_the_text_and_not_from_the_mark(self, encoding: str) -> None:
        text = "# One\r\n\r\nWords 😀.\r\n\r\n## Two\r\n"
        document = read_bytes(MARKED[encoding] + text.encode(encoding), "notes.md")
        assert [(mark.label, mark.start) for mark in document.marks] == [("One", 0), ("Two", text.index("## Two"))]
