"""Which door gives what, each cell a test that shows it: writes docs/doors.md (`python tests/doors.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "doors.md"
FEATURES: Final = (
    "verbatim quotes, exact offsets",
    "a refusal is one",
    "only some documents",
    "follow-up questions",
    "ranked passages",
    "many questions",
    "UTF-16 offsets",
    "read documents",
    "add, remove",
    "check saved quotes",
    "errors in a sentence",
)
_API, _MCP, _CLI = "test_ui_api", "test_ui_mcp_tools", "test_ui_cli"
_CONTRACT = {
    FEATURES[0]: "frameworks_contract::test_quotes_arrive_as_the_library_gave_them",
    FEATURES[1]: "frameworks_contract::test_a_refusal_is_nothing_and_its_record_is_told",
    FEATURES[2]: "frameworks_contract::test_only_the_documents_named_are_searched",
    FEATURES[9]: "frameworks_contract::test_what_arrived_can_be_verified_with_nothing_but_the_documents",
    FEATURES[10]: "frameworks_contract::test_the_library_says_what_it_cannot_take",
}
DOORS: Final[Mapping[str, Mapping[str, str]]] = {
    "Python": {
        FEATURES[0]: "test_qa_library::test_every_quote_is_its_documents_slice",
        FEATURES[1]: "test_qa_library::test_an_empty_library_says_that_it_is_empty",
        FEATURES[2]: "test_qa_library::test_only_the_documents_named_are_asked",
        FEATURES[3]: "test_ui_web_desk::test_a_follow_up_is_completed_by_what_was_asked_before",
        FEATURES[4]: "test_python_page::test_every_example_prints_what_it_says",
        FEATURES[5]: "test_qa_batching::test_every_record_is_that_of_ask_byte_for_byte",
        FEATURES[6]: "test_ui_cli_formats::test_the_front_door_of_the_room_gives_what_it_lists",
        FEATURES[7]: "test_python_page::test_every_example_prints_what_it_says",
        FEATURES[8]: "test_qa_library::test_uploads_are_added_replaced_and_refused",
        FEATURES[9]: "test_qa_receipts::test_a_library_is_checked_against_what_it_keeps",
        FEATURES[10]: "test_qa_library::test_a_question_that_is_none_is_refused_in_a_sentence",
    },
    "command line": {
        FEATURES[0]: f"{_CLI}::test_ask_answers_with_quotes_of_both_articles",
        FEATURES[1]: f"{_CLI}::test_ask_abstains_with_exit_code_1",
        FEATURES[2]: "test_ui_cli_measuring::test_a_filter_searches_only_what_is_named",
        FEATURES[3]: "test_ui_cli_measuring::test_a_follow_up_says_what_was_searched_for",
        FEATURES[4]: f"{_CLI}::test_search_ranks_without_judgement",
        FEATURES[5]: "test_ui_evaluating::test_ctrl_c_keeps_what_is_done_and_resume_goes_on",
        FEATURES[6]: "test_ui_cli_formats::test_utf16_offsets_stand_beside_the_others_and_fit_the_schema",
        FEATURES[7]: f"{_CLI}::test_list_shows_every_document",
        FEATURES[8]: f"{_CLI}::test_remove_by_id_prefix_name_or_stem",
        FEATURES[9]: f"{_CLI}::test_verify_finds_every_forgery",
        FEATURES[10]: "test_ui_cli_odd_words::test_any_error_is_one_harmless_line",
    },
    "web app": {
        FEATURES[0]: "test_ui_web::test_an_answer_is_a_slice_of_its_document_and_marked_as_such",
        FEATURES[1]: "test_ui_web::test_a_refusal_is_calm_and_its_nearest_passages_are_no_answer",
        FEATURES[2]: "test_ui_web_filter::test_a_document_that_is_chosen_is_the_only_one_searched",
        FEATURES[3]: "test_ui_web_conversation::test_what_was_searched_for_is_shown_and_taken_back_with_one_press",
        FEATURES[5]: "test_ui_web_evaluate::test_from_the_file_to_the_marked_quote_the_report_and_the_zip",
        FEATURES[7]: "test_ui_web_reader::test_every_script_is_shown_as_it_is_written_and_copied_as_it_stands",
        FEATURES[8]: "test_ui_web_documents::test_upload_ask_read_and_remove",
        FEATURES[10]: "test_ui_web::test_a_bad_question_gets_one_sentence",
    },
    "HTTP": {
        FEATURES[0]: f"{_API}::test_an_answer_is_the_record_of_the_library",
        FEATURES[1]: f"{_API}::test_an_answer_is_the_record_of_the_library",
        FEATURES[2]: f"{_API}::test_quotes_filter_and_history_are_those_of_the_library",
        FEATURES[3]: f"{_API}::test_quotes_filter_and_history_are_those_of_the_library",
        FEATURES[4]: f"{_API}::test_search_ranks_without_judging",
        FEATURES[5]: f"{_API}::test_a_batch_answers_in_its_order_and_passes_over_what_cannot_be_asked",
        FEATURES[6]: f"{_API}::test_utf16_offsets_cut_the_same_words_in_javascripts_units",
        FEATURES[7]: f"{_API}::test_text_is_read_by_characters_or_by_units",
        FEATURES[8]: f"{_API}::test_uploads_are_added_replaced_known_and_named_where_they_cannot_be_read",
        FEATURES[9]: f"{_API}::test_a_changed_word_fails_and_says_why",
        FEATURES[10]: "test_ui_api_problems::test_every_failure_has_the_same_shape",
    },
    "OpenAI's client": {
        FEATURES[2]: "test_ui_api_process::test_openais_client_filters",
        FEATURES[4]: "test_ui_api_process::test_openais_client_finds_passages",
        FEATURES[10]: "test_ui_api_process::test_openais_client_reads_our_errors",
    },
    "MCP, both transports": {
        FEATURES[0]: "test_ui_mcp::test_every_link_leads_to_exactly_the_quoted_characters",
        FEATURES[1]: "test_ui_mcp::test_a_refusal_is_no_error_and_no_answer",
        FEATURES[2]: f"{_MCP}::test_documents_are_chosen_by_name_or_id",
        FEATURES[3]: f"{_MCP}::test_a_follow_up_is_completed_and_the_text_says_so",
        FEATURES[4]: f"{_MCP}::test_search_ranks_without_judging",
        FEATURES[7]: "test_ui_mcp::test_texts_arrive_with_every_character",
        FEATURES[10]: "test_ui_mcp::test_what_does_not_fit_is_told_to_the_model_in_a_sentence",
    },
    "LangChain": {
        **_CONTRACT,
        FEATURES[3]: "test_ui_frameworks_langchain::test_a_follow_up_question_is_completed_by_the_earlier_ones",
        FEATURES[4]: "frameworks_contract::test_passages_arrive_as_ranked_and_are_called_passages",
        FEATURES[5]: "test_ui_frameworks_langchain::test_many_questions_are_a_batch",
    },
    "LlamaIndex": {
        **_CONTRACT,
        FEATURES[4]: "frameworks_contract::test_passages_arrive_as_ranked_and_are_called_passages",
    },
    "Haystack": {
        **_CONTRACT,
        FEATURES[3]: "test_ui_frameworks_haystack::test_a_follow_up_question_is_completed_by_the_earlier_ones",
    },
}
_HEAD: Final = """# Doors and what each gives

One answer schema, many doors. Each number is a test of that door, named below the table, which `make test` runs against
the real thing: real processes, real clients, the real frameworks. Where there is none, the door does not offer it.

"""


def page() -> str:
    """The table and the tests it names."""
    named: dict[str, int] = {}
    lines = ["| | " + " | ".join(DOORS) + " |", "|---|" + ":---:|" * len(DOORS)]
    for feature in FEATURES:
        tests_here = [cells.get(feature, "") for cells in DOORS.values()]
        shown = [str(named.setdefault(test, len(named) + 1)) if test else "" for test in tests_here]
        lines.append(f"| {feature} | " + " | ".join(shown) + " |")
    tests = [f"{number}. `{test}`" for test, number in named.items()]
    return _HEAD + "\n".join(lines) + "\n\n" + "\n".join(tests) + "\n\nWritten by `python tests/doors.py`.\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
