import re

from api.web_page import PAGE, policy
from tests.api.client import ask
from tests.api.fakes import World


def test_the_page_runs_its_own_script_and_nothing_from_elsewhere() -> None:
    answer = ask(World(), "GET", "/")
    content = PAGE.read_text(encoding="utf-8")

    assert answer.text == content
    assert answer.headers["content-security-policy"] == policy(content)
    assert not re.search(r'(src|href)="(https?:)?//', content)
    assert "innerHTML" not in content
