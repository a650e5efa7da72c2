"""Who is let in: tokens, what each may do, and what another site's page may make a browser do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner
from starlette.testclient import TestClient

from api_clients import ANSWERED, FULL, HOST, READ, TEXTS, TOKENS, Served, bearing, served
from quoth.corpus import BadRequest
from quoth.qa import Library
from quoth.ui.doorkeeper import COOKIE
from quoth.ui.pacing import Pace
from quoth.ui.permission import granted, need_full
from quoth.ui.serving import LOOPBACK, Serving
from quoth.ui.tokens import Access, Sessions, Tokens
from small_library import small_library

OURS = {"origin": f"http://{HOST}"}
THEIRS = {"origin": "http://evil.example"}
ASKED: dict[str, Any] = {"json": {"question": ANSWERED}}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return small_library(tmp_path_factory.mktemp("guarded"), TEXTS)


@pytest.fixture
def guarded(library: Library) -> Iterator[Served]:
    with served(library, tokens=TOKENS) as it:
        yield it


# --- the tokens themselves

WRONG_ENTRIES = ["sesame", "admin:abcdefghijklmnopqrstuvwxyz", "full:", "full:hidden", f"full:{FULL}é"]


def test_tokens_are_read_from_lines_words_and_commas() -> None:
    text = f"# who may do what\nfull:{FULL}  # the keeper\n\n read:{READ},read:{READ}2\n"
    tokens = Tokens.read(text, "a file")
    assert [tokens.access(word) for word in (FULL, READ, f"{READ}2")] == [Access.FULL, Access.READ, Access.READ]
    assert tokens
    assert not Tokens.read(" # nothing\n", "a file")


@given(st.text())
@example("")
@example(FULL[:-1])
@example(f"full:{FULL}")
@example(f"{FULL} ")
def test_nothing_else_is_a_token(word: str) -> None:
    if word not in (FULL, READ):
        assert Tokens.read(TOKENS, "a test").access(word) is None


@pytest.mark.parametrize("entry", WRONG_ENTRIES)
def test_a_wrong_entry_is_named_without_repeating_it(entry: str) -> None:
    with pytest.raises(BadRequest) as caught:
        Tokens.read(f"read:{READ} {entry}", "tokens.txt")
    said = str(caught.value)
    assert "2 in tokens.txt" in said
    assert entry == "full:" or (entry.partition(":")[2] or entry) not in said
    assert READ not in said


def test_only_hashes_are_kept() -> None:
    tokens = Tokens.read(TOKENS, "a test")
    assert FULL.encode() not in repr(vars(tokens)).encode()
    assert FULL not in repr(tokens)


def test_a_token_file_goes_before_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"read:{READ}\n", encoding="utf-8")
    environment = {"QUOTH_TOKENS": f"full:{FULL}"}
    assert Tokens.given(file, environment).access(FULL) is None
    assert Tokens.given(None, environment).access(FULL) is Access.FULL
    assert not Tokens.given(None, {})


@pytest.mark.parametrize("content", [None, b"", b"# nobody\n", b"\xff\xfe\x00"])
def test_a_token_file_that_lets_nobody_in_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "tokens"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadRequest, match="tokens"):
        Tokens.given(file, {"QUOTH_TOKENS": f"full:{FULL}"})


def test_a_session_holds_for_its_server_and_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions()
    value = sessions.issue(Access.READ)
    assert sessions.access(value) is Access.READ
    assert Sessions().access(value) is None, "another server, or this one after a restart"
    assert sessions.access(value.replace("read", "full")) is None
    now = int(time.time())
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: now + 13 * 3_600)
    assert sessions.access(value) is None


@given(st.text(st.characters()))
@example("full")
@example("full.x.y")
def test_no_other_value_is_a_session(value: str) -> None:
    assert Sessions().access(value) is None


# --- which addresses need which


def test_without_tokens_everybody_may_do_everything(library: Library) -> None:
    with served(library) as it:
        assert it.client.post("/api/v1/ask", **ASKED).status_code == 200
        assert it.client.delete("/api/v1/documents/0123456789abcdef").status_code == 404, "allowed, but not there"
        assert it.client.get("/login", follow_redirects=False).headers["location"] == "/"


READING: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/v1/ask", ASKED),
    ("POST", "/api/v1/ask/batch", {"json": {"questions": [{"question": ANSWERED}]}}),
    ("POST", "/api/v1/search", ASKED),
    ("POST", "/v1/vector_stores/library/search", {"json": {"query": ANSWERED}}),
    ("GET", "/api/v1/documents", {}),
    ("GET", "/api/v1/schema", {}),
    ("GET", "/api/v1/openapi.json", {}),
    ("GET", "/metrics", {}),
]
WRITING: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/v1/documents", {"files": [("files", ("a.zzz", b"x"))]}),
    ("DELETE", "/api/v1/documents/0123456789abcdef", {}),
    ("PUT", "/quoth/shelf/token/0", {"content": b"x"}),
]
FORGED = ["", "Bearer", "Bearer nonsense", f"Basic {FULL}", FULL, f"Bearer {FULL} {FULL}", f"Bearer {FULL}x"]


@pytest.mark.parametrize(("method", "path", "sent"), READING + WRITING)
def test_without_a_token_nothing_is_told(guarded: Served, method: str, path: str, sent: dict[str, Any]) -> None:
    response = guarded.client.request(method, path, **sent)
    assert (response.status_code, response.headers["content-type"]) == (401, "application/problem+json")
    assert response.headers["www-authenticate"] == 'Bearer realm="quoth"'


@pytest.mark.parametrize("shown", FORGED)
def test_a_token_that_is_none_is_refused(guarded: Served, shown: str) -> None:
    response = guarded.client.post("/api/v1/ask", **ASKED, headers={"authorization": shown})
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]
    assert FULL not in response.text


@pytest.mark.parametrize(("method", "path", "sent"), READING)
@pytest.mark.parametrize("token", [FULL, READ])
def test_either_token_may_read(guarded: Served, token: str, method: str, path: str, sent: dict[str, Any]) -> None:
    assert guarded.client.request(method, path, **sent, headers=bearing(token)).status_code == 200


@pytest.mark.parametrize(("method", "path", "sent"), WRITING)
def test_only_a_full_token_may_write(guarded: Served, method: str, path: str, sent: dict[str, Any]) -> None:
    refused = guarded.client.request(method, path, **sent, headers=bearing(READ))
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    allowed = guarded.client.request(method, path, **sent, headers=bearing(FULL))
    assert allowed.status_code in (404, 422), "as far as the library, which has no such thing"


def test_a_body_of_somebody_who_may_not_write_is_not_read(guarded: Served) -> None:
    read: list[int] = []

    def body() -> Iterator[bytes]:
        read.append(1)
        yield b"x"

    assert guarded.client.post("/api/v1/documents", content=body(), headers=bearing(READ)).status_code == 403
    assert read == []


def test_health_is_open_but_names_the_library_to_readers_only(guarded: Served) -> None:
    assert guarded.client.get("/healthz").json() == {"status": "ok"}
    assert guarded.client.get("/healthz", headers=bearing(READ)).json()["library"]["documents"] == 2


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_as_the_standard_says(guarded: Served, scheme: str) -> None:
    response = guarded.client.get("/api/v1/documents", headers={"authorization": f"{scheme} {READ}"})
    assert response.status_code == 200


# --- signing in


def sign_in(server: Served, token: str, **headers: str) -> Any:
    sent = {"token": token, "next": "/doc/1?start=2"}
    return server.client.post("/login", data=sent, headers={**OURS, **headers}, follow_redirects=False)


def test_a_person_is_sent_to_the_sign_in_page_and_back(guarded: Served) -> None:
    response = guarded.client.get("/doc/1?start=2", headers={"accept": "text/html,*/*"}, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/login?next=/doc/1%3Fstart%3D2")
    page = guarded.client.get(response.headers["location"])
    assert 'value="/doc/1?start=2"' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert "script" not in page.headers["content-security-policy"]
    entered = sign_in(guarded, READ)
    assert (entered.status_code, entered.headers["location"]) == (303, "/doc/1?start=2")
    cookie = entered.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    assert READ not in cookie


def test_over_https_the_cookie_never_goes_without(library: Library) -> None:
    with served(library, tokens=TOKENS) as it:
        client = TestClient(it.app, base_url=f"https://{HOST}")
        sent: dict[str, Any] = {"headers": {"origin": f"https://{HOST}"}, "follow_redirects": False}
        assert "secure" in client.post("/login", data={"token": READ}, **sent).headers["set-cookie"].lower()


def test_a_wrong_token_is_told_and_gives_nothing(guarded: Served) -> None:
    response = sign_in(guarded, "<script>alert(1)</script>")
    assert response.status_code == 403
    assert "set-cookie" not in response.headers
    assert 'role="alert"' in response.text
    assert "<script>" not in response.text


ELSEWHERE = ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "", "/é"]


@pytest.mark.parametrize("after", ELSEWHERE)
def test_signing_in_leads_nowhere_else(guarded: Served, after: str) -> None:
    sent = {"token": READ, "next": after}
    response = guarded.client.post("/login", data=sent, headers=OURS, follow_redirects=False)
    assert response.headers["location"] == "/"
    assert "evil" not in guarded.client.get("/login", params={"next": after}).text


def test_the_next_page_is_shown_as_text(guarded: Served) -> None:
    page = guarded.client.get("/login", params={"next": '/"><script>alert(1)</script>'})
    assert "<script>" not in page.text


def test_another_site_cannot_sign_anybody_in_or_out(guarded: Served) -> None:
    assert sign_in(guarded, READ, **THEIRS).status_code == 403
    assert "set-cookie" not in guarded.client.post("/login", data={"token": READ}).headers, "nobody says who asks"
    sign_in(guarded, READ)
    assert "set-cookie" not in guarded.client.post("/logout", follow_redirects=False).headers


def test_a_session_reads_and_signing_out_ends_it(guarded: Served) -> None:
    sign_in(guarded, READ)
    assert guarded.client.get("/api/v1/documents").status_code == 200
    assert "You may ask and read." in guarded.client.get("/login").text
    left = guarded.client.post("/logout", headers=OURS, follow_redirects=False)
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    assert guarded.client.get("/api/v1/documents").status_code == 401


SITES: list[tuple[dict[str, str], bool]] = [
    (OURS, True),
    ({**OURS, "sec-fetch-site": "same-origin"}, True),
    ({"sec-fetch-site": "same-origin"}, True),
    ({}, False),
    ({"origin": "null"}, False),
    (THEIRS, False),
    ({**OURS, "sec-fetch-site": "same-site"}, False),
    ({"sec-fetch-site": "cross-site"}, False),
    ({"sec-fetch-site": "none"}, False),
    ({"origin": f"http://{HOST}:8080"}, False),
    ({"origin": f"http://{HOST}.evil.example"}, False),
    ({"origin": "http://["}, False),
]


@pytest.mark.parametrize(("headers", "counts"), SITES)
def test_a_session_changes_something_only_from_our_own_pages(
    guarded: Served, headers: dict[str, str], counts: bool
) -> None:
    sign_in(guarded, FULL)
    response = guarded.client.delete("/api/v1/documents/0123456789abcdef", headers=headers)
    assert (response.status_code == 404) == counts
    assert response.status_code in (401, 403, 404)


def test_a_session_for_reading_does_not_write(guarded: Served) -> None:
    sign_in(guarded, READ)
    assert guarded.client.delete("/api/v1/documents/0123456789abcdef", headers=OURS).status_code == 403


def test_a_wrong_header_is_not_mended_by_a_session(guarded: Served) -> None:
    sign_in(guarded, FULL)
    assert guarded.client.get("/api/v1/documents", headers=bearing("x" * 20)).status_code == 401


@pytest.mark.parametrize("cookie", ["", "full", "a=b; ;;", 'quoth-session="', "quoth-session=\xff"])
def test_a_broken_cookie_is_no_session(guarded: Served, cookie: str) -> None:
    response = guarded.client.get("/api/v1/documents", headers=[(b"cookie", cookie.encode("latin-1"))])
    assert response.status_code == 401


def test_tokens_cannot_be_tried_out_without_end(library: Library) -> None:
    with served(library, tokens=TOKENS, pace=Pace(requests_per_minute=60, burst=5)) as it:
        statuses = [sign_in(it, f"{number:020}").status_code for number in range(8)]
        assert statuses == [403] * 5 + [429] * 3
        assert it.client.get("/api/v1/documents", headers=bearing(FULL)).status_code == 429


def test_the_web_app_learns_what_its_visitor_may_do() -> None:
    need_full()  # no request, no visitor
    granted.set(Access.READ)
    try:
        with pytest.raises(BadRequest, match="full token"):
            need_full()
    finally:
        granted.set(Access.FULL)


# --- other sites


def test_other_sites_may_read_nothing(library: Library) -> None:
    with served(library) as it:
        response = it.client.get("/api/v1/documents", headers=THEIRS)
        assert "access-control-allow-origin" not in response.headers
        assert it.client.post("/api/v1/ask", **ASKED, headers=THEIRS).status_code == 403
        preflight = {**THEIRS, "access-control-request-method": "POST"}
        assert "access-control-allow-origin" not in it.client.options("/api/v1/ask", headers=preflight).headers


def test_a_named_site_may_use_the_api_and_nothing_else(library: Library) -> None:
    friend = {"origin": "https://friend.example"}
    with served(library, tokens=TOKENS, origins=["https://friend.example"]) as it:
        preflight = {
            **friend, "access-control-request-method": "DELETE",
            "access-control-request-headers": "authorization,content-type",
        }  # fmt: skip
        allowed = it.client.options("/api/v1/documents/1", headers=preflight)
        assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, friend["origin"])
        assert "access-control-allow-credentials" not in allowed.headers, "no cookies from there"
        asked = it.client.post("/api/v1/ask", **ASKED, headers={**friend, **bearing(READ)})
        assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, friend["origin"])
        refused = it.client.post("/api/v1/ask", **ASKED, headers=friend)
        assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, friend["origin"])
        assert it.client.post("/login", data={"token": READ}, headers=friend).status_code == 403
        assert it.client.post("/api/v1/ask", **ASKED, headers=THEIRS).status_code == 403


def test_another_host_name_is_refused(library: Library) -> None:
    with served(library) as it:
        for host in ("evil.example", f"{HOST}.evil.example", f"www.{HOST}", ""):
            assert it.client.get("/api/v1/documents", headers={"host": host}).status_code == 400


# --- where to listen


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "127.1.2.3", "::1"])
def test_this_machine_needs_no_token(host: str) -> None:
    serving = Serving.at(host, Tokens(), (), Pace())
    assert set(LOOPBACK) <= set(serving.hosts)
    assert "*" not in serving.hosts


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org", ""])  # noqa: S104
def test_any_other_address_needs_one(host: str) -> None:
    with pytest.raises(BadRequest, match="--token-file"):
        Serving.at(host, Tokens(), (), Pace())
    assert Serving.at(host, Tokens.read(TOKENS, "a test"), (), Pace()).hosts == ("*",)


@pytest.mark.parametrize("origin", ["*", "null", "example.org", "https://", "https://*.example.org", "https://a.org/x"])
def test_an_origin_is_named_whole(origin: str) -> None:
    with pytest.raises(BadRequest, match="origin"):
        Serving.at("localhost", Tokens(), (origin,), Pace())
    assert Serving.at("localhost", Tokens(), ("http://a.org:8080",), Pace()).origins == ("http://a.org:8080",)
