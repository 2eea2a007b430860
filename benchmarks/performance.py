"""How fast and how large: decoding alone, FFmpeg's filters, and ``vqa analyze``, in alternation; writes docs/performance.md.

Run with ``make bench``. Wall seconds of whole processes; each figure is the median of the rounds, each ratio the median of the
rounds' own ratios, so that a machine that drifts in speed does not tilt them. Peak memory is the operating system's own count.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLES = REPOSITORY / "sample_media"
SECONDS, FPS = 60, 25
SUITE_SECONDS = 12  # the whole suite, networks included, is timed on the first of these
SPINE = "black,freeze,silence,loudness,stream,av_duration"
FFMPEG_FOUR = (
    ["-vf", "blackdetect=d=0.1,freezedetect=d=0.7", "-af", "silencedetect=d=0.5,ebur128=peak=true"]
)  # fmt: skip
TEN_SOUND = ["-af", "silencedetect=d=0.5,ebur128=peak=true,astats"]
SIX = "blackdetect=d=0.1,freezedetect=d=0.7,signalstats,blockdetect,blurdetect,siti"
FFMPEG_TEN = ["-vf", f"idet,{SIX}", *TEN_SOUND]
FFMPEG_TEN_REDUCED = ["-vf", f"idet,scale=480:270,{SIX}", *TEN_SOUND]


class Run(NamedTuple):
    """One finished process."""

    wall: float  # s
    cpu: float  # s, user and system
    peak: float  # MiB


def timed(command: list[str]) -> Run:
    """Run ``command`` to its end and account for it; output is thrown away.

    Raises:
        subprocess.CalledProcessError: exit codes other than 0 and 2 (2 = findings).
    """
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ})
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 2):
        raise subprocess.CalledProcessError(child.returncode, command)
    return Run(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def make_clip(ffmpeg: str, target: Path) -> None:
    """60 s of 1920×1080 at 25 frames/s, H.264 at about 8 Mbit/s with AAC, from the bundled samples."""
    inputs = [x for name in ("clean", "photos", "clean") for x in ("-i", str(SAMPLES / f"{name}.mp4"))]
    streams = "".join(f"[{i}:v][{i}:a]" for i in range(3))
    graph = f"{streams}concat=n=3:v=1:a=1[v][a];[v]scale=1920:1080,noise=alls=6:allf=t[out]"
    subprocess.run(
        [ffmpeg, "-v", "error", "-y", *inputs, "-filter_complex", graph, "-map", "[out]", "-map", "[a]", "-t", str(SECONDS),
         "-r", str(FPS), "-c:v", "libx264", "-preset", "veryfast", "-b:v", "8M", "-maxrate", "10M", "-bufsize", "16M",
         "-pix_fmt", "yuv420p", "-c:a", "aac", "-ar", "48000", str(target)],
        check=True,
    )  # fmt: skip


def analyze_command(clip: Path, detectors: str | None) -> list[str]:
    """The command line that a user would type."""
    vqa = [sys.executable, "-m", "vqa_toolkit", "analyze", str(clip), "--no-cache", "--quiet", "--device", "cpu"]
    return [*vqa, "--format", "json", *(["--detectors", detectors] if detectors else [])]


def detector_costs(clip: Path) -> tuple[float, list[tuple[str, float]]]:
    """Wall seconds per clip-second of the whole suite, and each detector's own work per clip-second, dearest first."""
    from vqa_toolkit import analyze

    started = time.perf_counter()
    result = analyze(clip, device="cpu", cache=False)
    whole = (time.perf_counter() - started) / SUITE_SECONDS
    return whole, sorted(((name, t / SUITE_SECONDS) for name, t in result.timings.items()), key=lambda item: -item[1])


def signal_suite() -> str:
    """Every detector that runs no network, by name."""
    from vqa_toolkit.detectors import discover

    return ",".join(name for name, cls in discover().items() if not cls.network)


WHY_DEAR = {
    "block_corruption": "optical flow both ways and two networks over chosen tiles, within a fixed number of pixels per second",
    "av_sync": "every shot is searched for faces, and most where there are none",
}


def dear(costs: list[tuple[str, float]]) -> list[str]:
    """What costs more than a tenth of all detectors, and why."""
    least = sum(cost for _, cost in costs) / 10
    return [f"More than a tenth: `{n}`: {WHY_DEAR.get(n, 'no reason is known')}." for n, cost in costs if cost > least]


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("-o", "--output", type=Path, default=REPOSITORY / "docs" / "performance.md")
    options = parser.parse_args()
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        sys.exit("ffmpeg is not installed, so there is nothing to compare with. Install it and run this again.")
    with tempfile.TemporaryDirectory() as folder:
        clip, long_clip = Path(folder) / "clip.mp4", Path(folder) / "long.mp4"
        make_clip(ffmpeg, clip)
        decode = [ffmpeg, "-v", "error", "-i", str(clip), "-f", "null", "-"]
        filters = [ffmpeg, "-v", "error", "-i", str(clip), *FFMPEG_FOUR, "-f", "null", "-"]
        commands = {
            "decode": decode,
            "filters": filters,
            "spine": analyze_command(clip, SPINE),
            "signal": analyze_command(clip, signal_suite()),
            "reduced": [ffmpeg, "-v", "error", "-i", str(clip), *FFMPEG_TEN_REDUCED, "-f", "null", "-"],
        }
        rounds: dict[str, list[Run]] = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                rounds[name].append(timed(command))
        subprocess.run(
            [ffmpeg, "-v", "error", "-stream_loop", "9", "-i", str(clip), "-c", "copy", str(long_clip)], check=True
        )
        long_run = timed(analyze_command(long_clip, SPINE))
        short = Path(folder) / "short.mp4"
        subprocess.run(
            [ffmpeg, "-v", "error", "-i", str(clip), "-t", str(SUITE_SECONDS), "-c", "copy", str(short)], check=True
        )
        suite, costs = detector_costs(short)
        ten = timed([ffmpeg, "-v", "error", "-i", str(short), *FFMPEG_TEN, "-f", "null", "-"])
    imports = timed([sys.executable, "-c", "import vqa_toolkit"])
    help_run = timed([sys.executable, "-m", "vqa_toolkit", "--help"])
    options.output.write_text(page(rounds, long_run, suite, costs, ten, imports, help_run, ffmpeg), encoding="utf-8")
    print(options.output.read_text(encoding="utf-8"))


def ratio(rounds: dict[str, list[Run]], a: str, b: str) -> float:
    """Speed of ``a`` relative to ``b``: the median of wall(b) / wall(a) over the rounds."""
    return statistics.median(rb.wall / ra.wall for ra, rb in zip(rounds[a], rounds[b], strict=False))


def page(
    rounds: dict[str, list[Run]],
    long_run: Run,
    suite: float,
    costs: list[tuple[str, float]],
    ten: Run,
    imports: Run,
    help_run: Run,
    ffmpeg: str,
) -> str:
    """The page as Markdown."""
    version = subprocess.run([ffmpeg, "-version"], capture_output=True, text=True, check=True).stdout.split()[2]
    said = {
        "decode": "(a) `ffmpeg -f null`, decoding only", "filters": "(b) ffmpeg, blackdetect + freezedetect + silencedetect + ebur128",
        "spine": f"(c) `vqa analyze --detectors {SPINE}`", "signal": "(d) `vqa analyze`, every detector without a network",
        "reduced": "(e) ffmpeg's ten filters, all but idet on 480×270",
    }  # fmt: skip
    lines = [
        "# Performance", "",
        f"A {SECONDS}-s clip, 1920×1080 at {FPS} frames/s, H.264 and AAC, made from the bundled samples. "
        f"{os.cpu_count()} cores ({platform.machine()}), FFmpeg {version}, Python {platform.python_version()}. "
        f"{len(rounds['decode'])} rounds in alternation; medians of whole processes, start-up included. Written by `make bench`.", "",
        "| | frames/s | × (a) | × (b) | CPU s | peak MiB |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, runs in rounds.items():
        fps = statistics.median(SECONDS * FPS / r.wall for r in runs)
        cpu = statistics.median(r.cpu for r in runs)
        peak = max(r.peak for r in runs)
        a, b = ratio(rounds, name, "decode"), ratio(rounds, name, "filters")
        lines.append(f"| {said[name]} | {fps:.0f} | {a:.2f} | {b:.2f} | {cpu:.1f} | {peak:.0f} |")
    spine_peak = max(r.peak for r in rounds["spine"])
    lines += [
        "",
        f"A 10-minute clip (the same, ten times) peaks at {long_run.peak:.0f} MiB, {long_run.peak / spine_peak - 1:+.0%} against 60 s.",
        f"`import vqa_toolkit` takes {imports.wall:.2f} s, `vqa --help` {help_run.wall:.2f} s (Python's own start included).",
        f"FFmpeg's ten filters at full size: {SUITE_SECONDS * FPS / ten.wall:.1f} frames/s on the clip's first {SUITE_SECONDS} s.",
        "", "## Detectors", "",
        f"Core-seconds per clip-second in one run of the whole suite on the clip's first {SUITE_SECONDS} s, of the detector's own "
        "thread: decoding and\ntorch's further threads are not included. "
        f"The whole suite took {suite:.2f} s per clip-second, networks and decoding included.", "",
        *dear(costs), "",
        "| detector | core-s per s |", "|---|---|", *(f"| {name} | {cost:.4f} |" for name, cost in costs), "",
    ]  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    main()
