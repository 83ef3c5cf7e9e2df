"""Takes the README's picture of the page: `python -m scripts.page_screenshot` beside a demo.

Opens the page of a running demo as a new visitor, rates the first four movies of the list, and
saves what is seen when the last click has changed the list.
"""

import sys
from pathlib import Path

from playwright.sync_api import expect

from harness.e2e.browser import a_page

DOCS = Path(__file__).parent.parent / "docs"
MOVIES = 4


def main(address: str) -> None:
    """Save `docs/page.png`."""
    with a_page() as page:
        page.goto(address)
        expect(page.locator("#list li")).to_have_count(10)
        for _ in range(MOVIES):
            first = page.locator("#list li").first
            movie = str(first.get_attribute("data-title"))
            first.locator('[data-stars="5"]').click()
            expect(page.locator("#rated")).to_contain_text(movie)
        expect(page.locator("#changed")).to_contain_text("list changed")
        page.wait_for_timeout(2000)  # the rows have slid into place
        page.screenshot(path=DOCS / "page.png")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/")
