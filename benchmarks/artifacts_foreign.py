"""Audio artifacts made by tools other than our simulator: FFmpeg's tone and noise sources, soft clippers, crushers, codecs.

python -m benchmarks.artifacts_foreign --pristine DIR --work DIR [--split test|val] [--each N] [-o FILE]

Six seconds of recorded programmes in which nothing is unknown get one fault throughout, as files have them; a family is one
filter or codec. Test recordings were never trained or tuned on. Training knows none of these ways of making faults but for the
codecs and for inverted stretches: the simulator has these too, since their validation clips were missed. Some of the limits were
chosen with the validation recordings' clips among others. What is added lies 5 to 30 dB under the programme; what is changed
differs from it by 3 % or more; of clicks a third or more step out of it. Clean programmes are judged beside them.
"""

from __future__ import annotations

import argparse
import tempfile
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from scipy.io import wavfile

from benchmarks import ffmpeg
from benchmarks.artifacts import judged
from benchmarks.markdown import both
from vqa_toolkit.models.weights import read_card
from vqa_toolkit.simulate.core import Extent
from vqa_toolkit.simulate.sound.distortion import sdr_db
from vqa_toolkit.train.artifacts_data import RATE, Clip, Floats, gather, is_made
from vqa_toolkit.train.artifacts_draw import CLICK_OVER, DISTORTION_SDR_DB, MARGIN, audible, unfit

LONG_S = 6
LOUD_ENOUGH = 0.01  # RMS: a quieter programme says little of what lies under it
SNRS_DB = {"hum": (5.0, 15.0, 25.0), "hiss": (10.0, 20.0, 30.0)}
FILE_RATE = 48_000  # of the files that are made
HUMS = {
    "sine 50 Hz": "sin(2*PI*50*t)",
    "sine 60 Hz": "sin(2*PI*60*t)",
    "100 and 200 Hz": "sin(2*PI*100*t)+0.5*sin(2*PI*200*t+1)",
    "square 50 Hz": "gt(sin(2*PI*50*t),0)-0.5",
    "saw 60 Hz": "mod(60*t,1)-0.5",
    "triangle 50 Hz": "abs(mod(50*t,1)-0.5)-0.25",
    "pulses 120 Hz": "lt(mod(120*t,1),0.05)-0.05",
    "rectified 50 Hz": "abs(sin(2*PI*50*t))-0.6366",
}
HISSES = ("white", "pink", "brown", "blue", "violet", "velvet")
SOFT = ("tanh", "atan", "cubic", "exp", "alg", "quintic", "sin", "erf")
CHANGES = {
    **{f"asoftclip {k}": f"volume={{gain}}dB,asoftclip=type={k}:threshold=0.5,volume=-{{gain}}dB" for k in SOFT},
    "asoftclip hard": "volume={gain}dB,asoftclip=type=hard:threshold=0.5,volume=-{gain}dB",
    "full scale": "volume={gain}dB,aformat=sample_fmts=s16,volume=-6dB",
    "acrusher lin": "acrusher=bits={bits}:mode=lin:aa=0:mix=0",
    "acrusher log": "acrusher=bits={bits}:mode=log:aa=0:mix=0",
}
CODECS = {
    "MP3 16 kb/s": ("mp3", "-c:a", "libmp3lame", "-b:a", "16k", "-ar", "22050"),
    "Opus 6 kb/s": ("ogg", "-c:a", "libopus", "-b:a", "6k"),
    "Vorbis, 11 kHz": ("ogg", "-c:a", "libvorbis", "-q:a", "-1", "-ar", "11025"),
    "ADPCM, 8 kHz": ("wav", "-c:a", "adpcm_ima_wav", "-ar", "8000"),
}
CLICKS = {  # chain, first joint, from one to the next, length: s
    "single samples": ("aeval=exprs='val(0)+{peak}*lt(mod(t+0.2,0.83),1/s)'", 0.63, 0.83, 0.0),
    "half a millisecond at full scale": ("aeval=exprs='if(lt(mod(t+0.2,1.13),0.0005),0.9,val(0))'", 0.93, 1.13, 0.0005),
    "zeros of 3 ms": ("aeval=exprs='if(lt(mod(t+0.2,0.91),0.003),0,val(0))'", 0.71, 0.91, 0.003),
    "inverted 5 ms": ("aeval=exprs='if(lt(mod(t+0.2,1.31),0.005),-val(0),val(0))'", 1.11, 1.31, 0.005),
    "5 ms dropped": ("asetnsamples=256,aselect='gte(mod(n+1,149),1)',asetpts=N/SR/TB", 148 * 256 / 48e3, 148 * 256 / 48e3, 0.0),
    "16 ms dropped": ("asetnsamples=384,aselect='gte(mod(n+2,120),2)',asetpts=N/SR/TB", 118 * 384 / 48e3, 118 * 384 / 48e3, 0.0),
}  # fmt: skip
JOINTS_HEARD = 1 / 3  # of a clip's joints step out of the 20 ms around them, at least


class Heard(NamedTuple):
    """One clip: what was made, of which family, in which recording; told (with notes), and what else was told."""

    fault: str
    family: str
    recording: str
    told: bool
    noted: bool
    others: tuple[str, ...]


class Workshop:
    """Files in a folder of its own, and FFmpeg on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, wave: Floats) -> Path:
        """A file of 48 kHz, 32-bit float."""
        path = self.folder / "in.wav"
        wavfile.write(self.folder / "in32.wav", RATE, wave)
        ffmpeg.make(["-i", self.folder / "in32.wav", "-ar", FILE_RATE, "-c:a", "pcm_f32le", path])
        return path

    def read(self, path: Path | str, chain: str = "anull", *before: object) -> Floats:
        """A file, or what a source plays, through filters, mono at 32 kHz."""
        out = self.folder / "out.wav"
        ffmpeg.make([*before, "-i", path, "-af", chain, "-ar", RATE, "-ac", 1, "-c:a", "pcm_f32le", out])
        return np.asarray(wavfile.read(out)[1], np.float32)

    def source(self, graph: str) -> Floats:
        """What a source of FFmpeg's plays, at 32 kHz."""
        return self.read(graph, "anull", "-f", "lavfi")[: LONG_S * RATE]


Maker = Callable[[Workshop, Floats, np.random.Generator], Floats | None]  # None where too little can be heard


def added(fault: str, noise: Floats, wave: Floats, rng: np.random.Generator) -> Floats | None:
    """Programme (n,) and what is added to it, at a signal-to-noise ratio; None where less than half of its seconds let it be heard."""
    snr_db = float(rng.choice(SNRS_DB[fault]))
    gain = float(np.sqrt(np.mean(wave**2) / np.mean(noise**2))) * 10 ** (-snr_db / 20)
    out = np.clip(wave + np.float32(gain) * noise[: len(wave)], -1, 1)
    size = RATE + 2 * MARGIN
    parts = [slice(a, a + size) for a in range(0, len(wave) - size + 1, RATE)]
    return out if np.mean([audible(fault, wave[p], out[p], Extent(0, 1)) for p in parts]) >= 0.5 else None


def families() -> dict[tuple[str, str], Maker]:
    """Every fault and family with what makes it."""
    made: dict[tuple[str, str], Maker] = {}
    for name, expression in HUMS.items():
        made["hum", name] = partial(hummed, expression=expression)
    for colour in HISSES:
        made["hiss", colour] = partial(hissed, colour=colour)
    for name, chain in CHANGES.items():
        made["distortion", name] = partial(changed, chain=chain)
    for name, codec in CODECS.items():
        made["distortion", name] = partial(coded, codec=codec)
    for name, (chain, first, every, long) in CLICKS.items():
        made["clicks", name] = partial(clicked, chain=chain, first=first, every=every, long=long)
    return made


def hummed(shop: Workshop, wave: Floats, rng: np.random.Generator, *, expression: str) -> Floats | None:
    """Programme with a steady tone beneath."""
    return added("hum", shop.source(f"aevalsrc=exprs='{expression}':s={FILE_RATE}:d={LONG_S}"), wave, rng)


def hissed(shop: Workshop, wave: Floats, rng: np.random.Generator, *, colour: str) -> Floats | None:
    """Programme with noise beneath."""
    graph = f"anoisesrc=color={colour}:r={FILE_RATE}:d={LONG_S}:seed={rng.integers(1 << 30)}"
    return added("hiss", shop.source(graph), wave, rng)


def coded(shop: Workshop, wave: Floats, _: np.random.Generator, *, codec: Sequence[str]) -> Floats:
    """Programme through a codec and back."""
    kept = shop.folder / f"coded.{codec[0]}"
    ffmpeg.make(["-i", shop.write(wave), "-ac", 1, *codec[1:], kept])
    return shop.read(kept)


def clicked(
    shop: Workshop, wave: Floats, _: np.random.Generator, *, chain: str, first: float, every: float, long: float
) -> Floats | None:
    """Programme with clicks; None where fewer than a third of them step out of what surrounds them."""
    out = shop.read(shop.write(wave), chain.format(peak=min(0.9, 4 * float(np.sqrt(np.mean(wave**2))))))
    bend = np.abs(np.diff(out, 2))
    stepping = []
    for at in np.arange(first, len(out) / RATE - 0.1, every):
        near, near_end = int((at - 0.02) * RATE), int((at + long + 0.02) * RATE)
        joint = slice(int((at - 0.0002) * RATE) - near, int((at + long + 0.0005) * RATE) - near)
        around = bend[near:near_end].copy()
        step = around[joint].max()
        around[joint] = 0
        stepping.append(step > CLICK_OVER * around.max() + 3e-4)
    return out if np.mean(stepping) >= JOINTS_HEARD else None


def changed(shop: Workshop, wave: Floats, rng: np.random.Generator, *, chain: str) -> Floats | None:
    """Programme at full scale through a filter; None where it stays within 3 % of itself."""
    whole = wave / np.abs(wave).max()
    values = {"gain": int(rng.choice((4, 8, 12, 18))), "bits": int(rng.choice((3, 4, 6)))}
    out = shop.read(shop.write(whole), chain.format(**values))
    n = min(len(out), len(whole))
    return out if sdr_db(whole[:n], out[:n]) < DISTORTION_SDR_DB else None


def heard(fault: str, family: str, recording: str, wave: Floats) -> Heard:
    """What the detector says of a sound."""
    found = judged(wave)
    mine = [f for f in found if f.defect == fault]
    others = tuple(sorted({f.defect for f in found if f.defect != fault and f.severity != "fyi"}))
    return Heard(fault, family, recording, any(f.severity != "fyi" for f in mine), bool(mine), others)


def pieces(clips: Sequence[Clip], samples: Floats, split: str) -> list[tuple[Clip, Floats]]:
    """Six seconds out of the middle of every programme that is long and loud enough."""
    found = []
    for clip in clips:
        if not is_made(clip.name) and clip.split == split and clip.length >= LONG_S * RATE and not clip.unknown:
            at = clip.start + (clip.length - LONG_S * RATE) // 2
            wave = np.array(samples[at : at + LONG_S * RATE], np.float32)
            if float(np.sqrt(np.mean(wave**2))) > LOUD_ENOUGH:
                found.append((clip, wave))
    return found


def measure(clips: Sequence[Clip], samples: Floats, split: str, each: int) -> list[Heard]:
    """Every family in ``each`` programmes, and every programme as it is."""
    material = pieces(clips, samples, split)
    found = [heard("none", "clean", clip.recording, wave) for clip, wave in material]
    with tempfile.TemporaryDirectory() as folder:
        shop = Workshop(Path(folder))
        for (fault, family), make in families().items():
            rng = np.random.default_rng(zlib.crc32(f"{fault} {family}".encode()))
            fitting = [material[i] for i in rng.permutation(len(material)) if not unfit(fault, material[i][0])]
            kept: list[Heard] = []
            while fitting and len(kept) < each:
                clip, wave = fitting.pop()
                out = make(shop, wave, rng)
                if out is not None:
                    kept.append(heard(fault, family, clip.recording, out))
            print(fault, family, np.mean([h.told for h in kept]), np.mean([h.noted for h in kept]), flush=True)
            found += kept
    return found


def page(found: Sequence[Heard], split: str) -> str:
    """The whole page."""
    rows = []
    for fault in dict.fromkeys(h.fault for h in found if h.fault != "none"):
        mine = [h for h in found if h.fault == fault]
        groups = {f"**{fault}**": mine} | {
            f: [h for h in mine if h.family == f] for f in dict.fromkeys(h.family for h in mine)
        }
        for name, members in groups.items():
            wrong = sorted({o for h in members for o in h.others})
            counts = ", ".join(f"{o} {sum(o in h.others for h in members)}" for o in wrong)
            rows.append(
                f"| {name} | {len(members)} | {both([h.told for h in members], [h.noted for h in members])} | {counts} |"
            )
    clean = [h for h in found if h.fault == "none"]
    wrong = [f"{h.recording} ({', '.join(h.others)})" for h in clean if h.others]
    weights = read_card("artifact_net")["sha256"][:12]
    return "\n".join([
        "# Audio artifacts made by other tools", "",
        f"Written by `python -m benchmarks.artifacts_foreign`. Weights `{weights}`, {split} recordings, FFmpeg {ffmpeg.version()}.",
        f"{LONG_S} s of a programme with one fault throughout, made by FFmpeg; hum lies 5 to 25 dB, hiss 10 to 30 dB beneath it.",
        "MP3, Opus, ADPCM and inversion are known from training, the rest not; limits were chosen with validation recordings' clips.",
        "Told: as the fault that was made (with notes). Beside it what else was told of the same clips, as more than a note.", "",
        "| made | clips | told (with notes) | also told |", "|---|--:|--:|---|", *rows, "",
        f"The same programmes as they are: {len(clean)} clips; told of {len(wrong)}{': ' if wrong else '.'}{'; '.join(wrong)}", "",
    ])  # fmt: skip


def main() -> None:
    """Make, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pristine", type=Path, action="append", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--split", choices=("test", "val", "train"), default="test")
    parser.add_argument("--each", type=int, default=8)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/audio_artifacts_foreign.md"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    clips, samples = gather(given.pristine, given.work)
    text = page(measure(clips, samples, given.split, given.each), given.split)
    given.output.write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
