"""A Markdown text that must fit a limit: it takes whole blocks, and says what found no room.

GitHub cuts no comment: it refuses one of more than 65,536 characters. So the text is built from
blocks that are complete in themselves (a table's row, a `details` element), never cut inside one,
and room for the closing part is set aside before the evidence is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["LIMIT", "Sheet"]

LIMIT = 65_536
"""Characters of a comment or a review on GitHub; GitLab allows a million, Bitbucket 32,768."""


@dataclass(slots=True)
class Sheet:
    """Blocks of Markdown and the characters left for more."""

    room: int
    blocks: list[str] = field(default_factory=list)

    def add(self, block: str) -> bool:
        """Take a block and the line end after it, if there is room."""
        if len(block) + 1 > self.room:
            return False
        self.room -= len(block) + 1
        self.blocks.append(block)
        return True

    def fill(self, blocks: Sequence[str], room: int) -> int:
        """Take blocks from the first on while they fit `room` characters and the sheet.

        Returns:
            How many were taken.
        """
        spent = 0
        for index, block in enumerate(blocks):
            spent += len(block) + 1
            if spent > room or not self.add(block):
                return index
        return len(blocks)

    def text(self) -> str:
        """The whole text, ending in one line end."""
        return "\n".join(self.blocks).rstrip("\n") + "\n"
