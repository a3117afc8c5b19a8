"""Take the picture of the HTML report that the README shows: `make picture`, after `make demo`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

__all__ = ["main"]

HERE = Path(__file__).parent
REPORT = HERE.parent / ".doorward-demo" / "report.html"
TARGET = HERE / "assets" / "report.png"


def main() -> int:
    """Open the demo's report in a browser and take its top."""
    report = Path(sys.argv[1]) if len(sys.argv) > 1 else REPORT
    if not report.is_file():
        sys.stderr.write(f"picture: {report} is not there: run make demo first\n")
        return 2
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1180, "height": 1100}, color_scheme="light")
        page.goto(report.resolve().as_uri())
        TARGET.parent.mkdir(exist_ok=True)
        page.screenshot(path=TARGET)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
