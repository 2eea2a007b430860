"""Audio artifacts made by tools other than our simulator: FFmpeg's tone and noise sources, soft clippers, crushers, codecs.

python -m benchmarks.artifacts_foreign --pristine DIR --work DIR [--split test|val] [--each N] [-o FILE]

Nine seconds of programmes in which nothing is unknown get one fault throughout, as files have them; a family is one filter
or codec. Nothing here was trained or tuned on. What is added lies 10 to 30 dB under the programme; what is changed differs
from the programme by 3 % or more. Clean programmes are judged beside them.
"""

from __future__ import annotations

import argparse
import tempfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from scipy.io import wavfile

from benchmarks import ffmpeg
from benchmarks.artifacts import judged
from vqa_toolkit.models.weights import read_card
from vqa_toolkit.simulate.sound.distortion import sdr_db
from vqa_toolkit.train.artifacts_data import RATE, Clip, Floats, gather
from vqa_toolkit.train.artifacts_draw import DISTORTION_SDR_DB, unfit

LONG_S = 9
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
    "acrusher lin": "acrusher=bits={bits}:mode=lin:aa=0:mix=1",
    "acrusher log": "acrusher=bits={bits}:mode=log:aa=0:mix=1",
    "acrusher samples": "acrusher=bits=16:samples={hold}:aa=0:mix=1",
}
CODECS = {
    "MP3 16 kb/s": ("mp3", "-c:a", "libmp3lame", "-b:a", "16k", "-ar", "22050"),
    "Opus 6 kb/s": ("ogg", "-c:a", "libopus", "-b:a", "6k"),
    "Vorbis, 11 kHz": ("ogg", "-c:a", "libvorbis", "-q:a", "-1", "-ar", "11025"),
    "ADPCM, 8 kHz": ("wav", "-c:a", "adpcm_ima_wav", "-ar", "8000"),
}
CLICKS = {
    "single samples": "aeval=exprs='val(0)+{peak}*lt(mod(t+0.2,0.83),1/s)'",
    "half a millisecond at full scale": "aeval=exprs='if(lt(mod(t+0.2,1.13),0.0005),0.9,val(0))'",
    "zeros of 3 ms": "aeval=exprs='if(lt(mod(t+0.2,0.91),0.003),0,val(0))'",
    "frames dropped": "asetnsamples=256,aselect='gte(mod(n,149),1)',asetpts=N/SR/TB",
    "inverted 5 ms": "aeval=exprs='if(lt(mod(t+0.2,1.31),0.005),-val(0),val(0))'",
    "held 8 ms": "asetnsamples=384,aselect='gte(mod(n,120),2)',asetpts=N/SR/TB",
}  # fmt: skip


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

    def read(self, path: Path, chain: str = "anull", *before: object) -> Floats:
        """A file through filters, mono at 32 kHz."""
        out = self.folder / "out.wav"
        ffmpeg.make([*before, "-i", path, "-af", chain, "-ar", RATE, "-ac", 1, "-c:a", "pcm_f32le", out])
        return np.asarray(wavfile.read(out)[1], np.float32)

    def source(self, graph: str) -> Floats:
        """What a source of FFmpeg's plays in nine seconds, at 32 kHz."""
        return self.read(Path(graph), "anull", "-f", "lavfi")[: LONG_S * RATE]

    def coded(self, path: Path, codec: Sequence[str]) -> Floats:
        """A file through a codec and back."""
        kept = self.folder / f"coded.{codec[0]}"
        ffmpeg.make(["-i", path, "-ac", 1, *codec[1:], kept])
        return self.read(kept)


def added(noise: Floats, wave: Floats, snr_db: float) -> Floats:
    """Programme (n,) and what is added to it, at a signal-to-noise ratio."""
    gain = float(np.sqrt(np.mean(wave**2) / np.mean(noise**2))) * 10 ** (-snr_db / 20)
    return np.clip(wave + np.float32(gain) * noise[: len(wave)], -1, 1)


def families() -> dict[tuple[str, str], Callable[[Workshop, Floats, np.random.Generator], Floats | None]]:
    """Every fault and family with what makes it; None where the programme is not changed enough."""
    made: dict[tuple[str, str], Callable[[Workshop, Floats, np.random.Generator], Floats | None]] = {}
    for name, expression in HUMS.items():
        graph = f"aevalsrc=exprs='{expression}':s=48000:d={LONG_S}"
        made["hum", name] = lambda shop, wave, rng, g=graph: added(shop.source(g), wave, rng.choice(SNRS_DB["hum"]))
    for colour in HISSES:
        graph = f"anoisesrc=color={colour}:r=48000:d={LONG_S}:seed="
        made["hiss", colour] = lambda shop, wave, rng, g=graph: added(
            shop.source(f"{g}{rng.integers(1 << 30)}"), wave, rng.choice(SNRS_DB["hiss"])
        )
    for name, chain in CHANGES.items():
        made["distortion", name] = lambda shop, wave, rng, c=chain: changed(shop, wave, c, rng)
    for name, codec in CODECS.items():
        made["distortion", name] = lambda shop, wave, rng, c=codec: shop.coded(shop.write(wave), c)
    for name, chain in CLICKS.items():
        made["clicks", name] = lambda shop, wave, rng, c=chain: shop.read(
            shop.write(wave), c.format(peak=min(0.9, 4 * float(np.sqrt(np.mean(wave**2)))))
        )
    return made


def changed(shop: Workshop, wave: Floats, chain: str, rng: np.random.Generator) -> Floats | None:
    """Programme at full scale through a filter; None where it stays within 3 % of itself."""
    whole = wave / np.abs(wave).max()
    values = {"gain": int(rng.choice((4, 8, 12, 18))), "bits": int(rng.choice((3, 4, 6))), "hold": int(rng.choice((6, 12)))}
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
    """Nine seconds out of the middle of every programme that is long and loud enough."""
    found = []
    for clip in clips:
        if clip.split == split and clip.length >= LONG_S * RATE and not clip.unknown:
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
        groups = {f"**{fault}**": mine} | {f: [h for h in mine if h.family == f] for f in dict.fromkeys(h.family for h in mine)}
        for name, members in groups.items():
            told, noted = (float(np.mean([getattr(h, k) for h in members])) for k in ("told", "noted"))
            wrong = sorted({o for h in members for o in h.others})
            counts = ", ".join(f"{o} {sum(o in h.others for h in members)}" for o in wrong)
            rows.append(f"| {name} | {len(members)} | {told:.2f} ({noted:.2f}) | {counts} |")
    clean = [h for h in found if h.fault == "none"]
    wrong = [f"{h.recording} ({', '.join(h.others)})" for h in clean if h.others]
    return "\n".join([
        "# Audio artifacts made by other tools", "",
        f"Written by `python -m benchmarks.artifacts_foreign`. Weights `{read_card('artifact_net')['sha256'][:12]}`, {split} recordings, "
        f"FFmpeg {ffmpeg.version()}.",
        f"{LONG_S} s of a programme with one fault throughout, made by FFmpeg's sources, filters and codecs; hum 5 to 25 dB, hiss 10 to",
        "30 dB under the programme. Told: as the fault that was made (with notes); beside it what else was told of the same clips.", "",
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
