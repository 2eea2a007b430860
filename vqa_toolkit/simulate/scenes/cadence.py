"""Legal cadences: film carried in faster rates by repeating frames or fields on a regular pattern."""

from __future__ import annotations

from collections.abc import Iterator

from vqa_toolkit.simulate.scenes.draw import Shot, Yuv
from vqa_toolkit.simulate.scenes.street import street

FILM = 24  # frames/s


def held(shot: Shot) -> Iterator[Yuv]:
    """24 pictures/s shown at the shot's rate: each picture stays until the next is due (2:3 at 60, 4:5 at 30)."""
    film = street(shot._replace(fps=FILM, frames=int(shot.frames / shot.fps * FILM) + 2))
    current, shown = next(film), 0
    for i in range(shot.frames):
        due = int(i / shot.fps * FILM + 1e-9)
        while shown < due:
            current, shown = next(film), shown + 1
        yield current


def telecine(shot: Shot) -> Iterator[Yuv]:
    """3:2 pulldown, the top field first: film frames A B C D as A A, B B, B C, C D, D D, so 2 of 5 frames comb."""
    film = street(shot._replace(fps=shot.fps * 4 / 5, frames=shot.frames * 4 // 5 + 8))
    pattern = ((0, 0), (1, 1), (1, 2), (2, 3), (3, 3))
    done = 0
    while done < shot.frames:
        four = [next(film) for _ in range(4)]
        for top, bottom in pattern[: shot.frames - done]:
            frame = four[top].copy()
            frame[1::2] = four[bottom][1::2]
            yield frame
            done += 1
