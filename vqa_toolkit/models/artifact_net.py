"""The audio-artifact network: one second of sound at 32 kHz → class logits and an independent logit per artifact.

A PANN-style CNN (Kong et al. 2020, log-mel and 3×3 convolutions) whose front-end sees what theirs cannot: a click of a
millisecond (FFT 256), a line at 50 Hz (a low band at 2 Hz), a flat top (statistics of the wave itself). All of it is
computed in the network, from samples.

::

    wave (b, 32000) ─┬─ log-power bands at FFT 256 (peak and mean), 512, 1024, 2048 ── (b, 5, 64, 100) ── 2-D CNN ─┐
                     ├─ of the FFT 1024 bands, over time: least, mean, spread ──────── (b, 192) ─────── linear ────┤
                     ├─ wave statistics per 10 ms ──────────────────────────────────── (b, 9, 100) ──── 1-D CNN ──┼─ heads
                     └─ low band 0–600 Hz, 0.5 s windows ───────────────────────────── (b, 2, 5, 300) ── 1-D CNN ──┘
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from vqa_toolkit.errors import WeightsError
from vqa_toolkit.measures.hum_lines import DOWN, LOST, LOW_RATE, lowered_gain, taps
from vqa_toolkit.models.precision import fast_bf16

RATE = 32_000  # samples/s
WINDOW = RATE  # samples: one second, as in the article
HOP = RATE // 2  # from window to window of a longer wave
FRAMES = 100  # of 10 ms
BANDS = 64
FFTS = ((256, 64, "peak"), (256, 64, "mean"), (512, 160, "peak"), (1024, 320, "mean"), (2048, 640, "mean"))
MIRRORED = max(size for size, _, _ in FFTS) // 2  # samples at both ends of a wave
AT_ONCE = 1 << 17  # samples of a wave's frames whose spectra are taken at once: more would leave the processor's cache
STEADY = 3  # the picture of FFT 1024
LOW_BINS = 300  # of 2 Hz: 0–600 Hz
LOW_WINDOW = LOW_RATE // 2
LOW_HOP = LOW_RATE // 8
LOW_FRAMES = (LOW_RATE - LOW_WINDOW) // LOW_HOP + 1
FLOOR = 1e-9  # power: about −90 dB re a full-scale sine
ARTIFACTS = ("hum", "hiss", "distortion", "clicks")
CLASSES = ("none", *ARTIFACTS)
STATISTICS = 9


class Scores(NamedTuple):
    """Logits: ``classes`` (b, 5) for none, hum, hiss, distortion, clicks; ``artifacts`` (b, 4), one yes/no each."""

    classes: Tensor
    artifacts: Tensor


def bands(size: int) -> Tensor:
    """Triangular bands (BANDS, size//2 + 1) of unit sum: linear to 1 kHz, then by equal ratios, to 16 kHz."""
    low = np.linspace(0, 1000, BANDS // 4, endpoint=False)
    edges = np.concatenate([low, np.geomspace(1000, RATE / 2, BANDS + 2 - len(low))])
    hz = np.arange(size // 2 + 1) * RATE / size
    rising = (hz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hz) / (edges[2:] - edges[1:-1])[:, None]
    bank = np.clip(np.minimum(rising, falling), 0, None)
    for i in np.flatnonzero(bank.sum(axis=1) == 0):
        bank[i, round(float(edges[i + 1]) * size / RATE)] = 1.0
    return torch.tensor(bank / bank.sum(axis=1, keepdims=True), dtype=torch.float32)


class FrontEnd(nn.Module):
    """Samples → pictures (w, 5, BANDS, FRAMES), statistics (w, 9, FRAMES), low band (w, 6, LOW_BINS).

    The samples are (b, WINDOW + k·HOP) and w = b·(k + 1): all windows of the first row, then of the second. Spectra are
    shared by the windows that overlap; a wave is mirrored at its two ends only.
    """

    def __init__(self) -> None:
        super().__init__()
        for size in {f[0] for f in FFTS}:
            self.register_buffer(f"bank_{size}", bands(size), persistent=False)
            self.register_buffer(f"window_{size}", torch.hann_window(size), persistent=False)
        self.register_buffer("window_low", torch.hann_window(LOW_WINDOW), persistent=False)
        self.register_buffer("taps", torch.tensor(taps(), dtype=torch.float32), persistent=False)
        gain = np.square(lowered_gain(np.arange(LOW_BINS) * LOW_RATE / LOW_WINDOW))
        self.register_buffer("gain_low", torch.tensor(gain, dtype=torch.float32), persistent=False)

    def forward(self, wave: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See the class."""
        padded = functional.pad(wave[:, None], (MIRRORED, MIRRORED), mode="reflect")[:, 0]
        power = {key: self._power(padded, *key) for key in dict.fromkeys(f[:2] for f in FFTS)}
        maps = torch.stack([_picture(power[size, hop], hop, how) for size, hop, how in FFTS], 1)
        pictures = maps.unfold(2, FRAMES, FRAMES // 2).permute(0, 2, 1, 3, 4).flatten(0, 1)
        return pictures, self._statistics(wave), self._low(wave)

    def _power(self, padded: Tensor, size: int, hop: int) -> Tensor:
        """Power in bands (b, t, BANDS), every ``hop`` samples, of a wave that is mirrored by MIRRORED samples at both ends."""
        frames = padded[:, MIRRORED - size // 2 :].unfold(1, size, hop)[:, : (padded.shape[1] - 2 * MIRRORED) // hop]
        window, bank = self.get_buffer(f"window_{size}"), self.get_buffer(f"bank_{size}").T
        return torch.cat([power_of(part, window) @ bank for part in torch.split(frames, AT_ONCE // size, 1)], 1)

    def _statistics(self, wave: Tensor) -> Tensor:
        """Per 10 ms: peak, RMS, sharpest second and fourth differences, their RMS, nearness to the peaks, repeats."""
        second = wave.diff(n=2)
        fourth = functional.pad(second.diff(n=2), (4, 0))
        waves = (v.reshape(len(v), -1, RATE // FRAMES) for v in (wave, functional.pad(second, (2, 0)), fourth))
        parts = zip(*(torch.split(v, AT_ONCE * FRAMES // RATE, 1) for v in waves), strict=True)
        own = torch.cat([torch.stack(_of_frames(*part), 1) for part in parts], 2)
        windows = own.unfold(2, FRAMES, FRAMES // 2).transpose(1, 2)  # (b, k + 1, 9, FRAMES)
        far = self._far(wave.reshape(len(wave), -1, RATE // FRAMES), windows[:, :, -1])
        logs = (windows[:, :, :6] + 1e-5).log() * 0.25 + 1.0
        return torch.cat([logs, 8 * windows[:, :, 6:7], 8 * far.sqrt()[:, :, None], windows[:, :, 7:8]], 2).flatten(
            0, 1
        )

    def _far(self, frames: Tensor, peaks: Tensor) -> Tensor:
        """Share of each frame's samples within 3 % of its window's peak, (b, k + 1, FRAMES); ``peaks`` are the frames' own."""
        near = 0.97 * peaks.amax(2)
        row, window, place = torch.nonzero(peaks >= near[..., None], as_tuple=True)  # in the others there are none
        high = frames[row, window * (FRAMES // 2) + place].abs() >= near[row, window][:, None]
        return torch.zeros_like(peaks).index_put((row, window, place), high.float().mean(1))

    def _lowered(self, wave: Tensor) -> Tensor:
        """A wave (b, n) at 4 kHz, (b, n/8), as :func:`hum_lines.lowered` has it; its samples keep their times."""
        before = (DOWN - 1) * 2  # half of the samples that a sample is made of
        padded = functional.pad(wave, (before, LOST * DOWN - before))
        parts = padded.reshape(len(padded), -1, DOWN) @ self.get_buffer("taps")
        count = parts.shape[1] - LOST
        return torch.stack([parts[:, k : k + count, k] for k in range(LOST + 1)]).sum(0)

    def _low(self, wave: Tensor) -> Tensor:
        """Spectra below 600 Hz of the five half seconds of each window, and how high each bin stands over its surroundings at the
        least."""
        frames = self._lowered(wave).unfold(1, LOW_WINDOW, LOW_HOP)
        power = power_of(frames, self.get_buffer("window_low"), LOW_BINS) / self.get_buffer("gain_low")
        all_levels = (power + FLOOR * 0.1).log() * 0.15 + 2.0
        level = all_levels.unfold(1, LOW_FRAMES, LOW_RATE // 2 // LOW_HOP).transpose(2, 3).flatten(0, 1)
        around = functional.avg_pool1d(level, 21, 1, 10, count_include_pad=False)
        over = (level - around).amin(1, keepdim=True)
        return torch.cat([level, 3 * over], 1)


def _of_frames(x: Tensor, second: Tensor, fourth: Tensor) -> list[Tensor]:
    """Of frames (b, t, n) of a wave and of its differences: six levels, nearness to the frame's peak, repeats, and the peak."""
    size = x.abs()
    peak = size.amax(2)
    local = ((size >= 0.98 * peak[..., None]) & (peak > 1e-4)[..., None]).float().mean(2)
    still = (x.diff(dim=2).abs() <= 2e-4 * peak[..., None]).float().mean(2)
    levels = [f(v) for v in (x, second, fourth) for f in (_sharpest, _rms)]
    return [*levels, local, still, peak]


def _sharpest(x: Tensor) -> Tensor:
    return x.abs().amax(2)


def _rms(x: Tensor) -> Tensor:
    return x.square().mean(2).sqrt()


def _picture(power: Tensor, hop: int, how: str) -> Tensor:
    """Power in bands every ``hop`` samples → log power (b, frames of 10 ms, BANDS), by their peak or mean."""
    group = RATE // FRAMES // hop
    if group > 1:
        grouped = power.reshape(len(power), -1, group, BANDS)
        power = grouped.amax(2) if how == "peak" else grouped.mean(2)
    level = (power + FLOOR).log() * 0.15 + 2.0
    return level if group else level.repeat_interleave(hop * FRAMES // RATE, 1)


def power_of(frames: Tensor, window: Tensor, bins: int | None = None) -> Tensor:
    """Power of windowed frames (…, n) in the lowest ``bins`` (all: n/2 + 1), about 1 where a sine of full scale is: |2·X/n|²."""
    spectrum = torch.fft.rfft(frames * (window * (2.0 / len(window))))[..., :bins]
    return torch.addcmul(spectrum.real.square(), spectrum.imag, spectrum.imag)


def _over_time(level: Tensor) -> Tensor:
    """Least, mean and spread over time of levels (b, BANDS, t) that are means of 50 ms, (b, 3·BANDS): what never goes is noise."""
    count = level.shape[2] - 4
    steady = torch.stack([level[..., k : k + count] for k in range(5)]).mean(0)
    mean = steady.mean(2)
    spread = ((steady - mean[..., None]).square().sum(2) / (count - 1) + 1e-12).sqrt()  # many times as fast as std
    return torch.cat([steady.amin(2), mean, spread], 1)


def _layer(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outside), nn.ReLU(inplace=True))


def _line(inside: int, outside: int, width: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv1d(inside, outside, width, stride, width // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm1d(outside), nn.ReLU(inplace=True))


class Again(nn.Module):
    """Two more layers of ``channels`` whose result is added to what they were given: nothing, until they have learned."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        conv, norm = nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        nn.init.zeros_(norm.weight)
        self.first, self.second = _layer(channels, channels), nn.Sequential(conv, norm)

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (b, channels, bands, time), none below zero, to maps of that shape."""
        return functional.relu(maps + self.second(self.first(maps)), inplace=True)


class Judge(nn.Module, ABC):
    """A network of this task: ``front`` turns samples into views, ``judge`` views into logits; calibrated afterwards."""

    front: nn.Module

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("temperature", torch.ones(1))
        self.register_buffer("offset", torch.zeros(len(CLASSES)))
        self.register_buffer("scale", torch.ones(len(ARTIFACTS)))
        self.register_buffer("shift", torch.zeros(len(ARTIFACTS)))

    @abstractmethod
    def judge(self, *views: Tensor) -> Scores:
        """Logits of what the front-end saw."""

    def forward(self, wave: Tensor) -> Scores:
        """Logits of waves (b, 32000); :class:`ArtifactNet` takes longer ones too, see :class:`FrontEnd`."""
        with torch.autocast(wave.device.type, enabled=False):
            views = self.front(wave.float())
        return self.judge(*views)

    def probabilities(self, wave: Tensor) -> tuple[Tensor, Tensor]:
        """Calibrated probabilities: classes (b, 5) that sum to 1, and one per artifact (b, 4), each in [0, 1].

        ``softmax(z / temperature + offset)`` and ``sigmoid(scale · z + shift)``, fitted on validation recordings in which every
        class is as likely as another (Platt 1999; the offset undoes what training saw of each: Alexandari et al. 2020).
        """
        scores = self(wave)
        scale, shift = self.get_buffer("scale"), self.get_buffer("shift")
        return self.fair(scores.classes).softmax(1), (scores.artifacts.float() * scale + shift).sigmoid()

    def fair(self, classes: Tensor) -> Tensor:
        """Calibrated logits (b, 5) of classes that are equally likely."""
        return classes.float() / self.get_buffer("temperature") + self.get_buffer("offset")


class ArtifactNet(Judge):
    """Wave (b, 32000) float32 in [−1, 1] → :class:`Scores`. About 3.1 M parameters, 160 M multiply-adds a second."""

    def __init__(self, dropout: float = 0.2) -> None:
        super().__init__()
        self.front = FrontEnd()
        self.bands_norm = nn.BatchNorm2d(BANDS)
        self.pictures = nn.Sequential(
            _layer(len(FFTS), 32, 2), _layer(32, 32), nn.AvgPool2d(2), _layer(32, 64), _layer(64, 64), nn.AvgPool2d(2),
            _layer(64, 128), _layer(128, 128), Again(128), nn.AvgPool2d((2, 1)), _layer(128, 256), Again(256),
        )  # fmt: skip
        self.wave = nn.Sequential(_line(STATISTICS, 48, 5), _line(48, 64, 5, 2), _line(64, 96, 5, 2))
        self.low = nn.Sequential(_line(6, 48, 5), _line(48, 64, 5, 2), _line(64, 96, 5, 2), _line(96, 96, 5, 2))
        self.profile = nn.Sequential(
            nn.Linear(3 * BANDS, 96, bias=False), nn.BatchNorm1d(96), nn.ReLU(inplace=True),
        )  # fmt: skip
        self.drop = nn.Dropout(dropout)
        self.rows = nn.Sequential(nn.Linear(4 * 256, 96, bias=False), nn.BatchNorm1d(96), nn.ReLU(inplace=True))
        self.mixed = nn.Linear(2 * 256 + 2 * 96 + 38 * 24 + 96 + 256 + 96, 384)
        self.low_squeeze = nn.Conv1d(96, 24, 1)
        self.classes = nn.Linear(384, len(CLASSES))
        self.artifacts = nn.Linear(384, len(ARTIFACTS))

    def judge(self, *views: Tensor) -> Scores:
        """Logits of pictures, statistics and low band; see :class:`FrontEnd`."""
        pictures, statistics, low = views
        normal = self.bands_norm(pictures.transpose(1, 2)).transpose(1, 2)
        profile = self.profile(_over_time(normal[:, STEADY]))
        maps = normal.contiguous(memory_format=torch.channels_last)
        tall = self.pictures(maps)  # (b, 256, four rows of bands, time)
        rows = self.rows(tall.mean(3).flatten(1))
        maps = tall.mean(2)
        line = self.wave(statistics)
        pooled = [maps.amax(2), maps.mean(2), line.amax(2), line.mean(2)]
        place = self.low_squeeze(self.low(low)).flatten(1)
        features = functional.relu(self.mixed(self.drop(torch.cat([*pooled, place, profile, maps.amin(2), rows], 1))))
        features = self.drop(features)
        return Scores(self.classes(features), self.artifacts(features))


def folded(net: ArtifactNet) -> ArtifactNet:
    """``net`` with every convolution and the batch normalisation behind it fused into one, in place; the same function, faster."""
    for part in (m for m in net.modules() if isinstance(m, nn.Sequential)):
        if isinstance(part[0], (nn.Conv1d, nn.Conv2d)) and isinstance(part[1], (nn.BatchNorm1d, nn.BatchNorm2d)):
            part[0], part[1] = fuse_conv_bn_eval(part[0], part[1]), nn.Identity()
    return net


def readied(net: ArtifactNet, device: str) -> ArtifactNet:
    """``net`` on ``device`` as it hears fastest, in place: :func:`folded`, weights in the order in which sound comes, and where the
    processor multiplies bfloat16 in that, for else they would be turned into it again for every few seconds."""
    folded(net).to(device)
    net.pictures.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if device == "cpu" and fast_bf16():
        for part in (net.pictures, net.wave, net.low):
            part.to(torch.bfloat16)
    return net


def load_artifact_net(folder: Path | None = None) -> ArtifactNet:
    """The network with the package's weights (or those in ``folder``), ready to use.

    Raises:
        WeightsError: when they are missing, damaged, or of another architecture.
    """
    from vqa_toolkit.models.weights import load_weights

    net = ArtifactNet()
    try:
        net.load_state_dict(load_weights("artifact_net", folder))
    except RuntimeError as exc:
        raise WeightsError(
            f"The weights 'artifact_net' do not fit this network ({exc}). Reinstall the package."
        ) from exc
    return net.eval()
