"""Write every generated part anew."""

import sys

from scripts.docs.pages import PAGES, filled

for page in PAGES:
    before = page.read_text(encoding="utf-8")
    if (after := filled(before)) != before:
        page.write_text(after, encoding="utf-8")
        sys.stdout.write(f"{page}\n")
