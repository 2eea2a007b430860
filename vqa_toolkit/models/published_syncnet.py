"""The published SyncNet (Chung & Zisserman, "Out of time", 2016): a user's own copy of its weights, for comparison.

The weights file is not part of this package. The network takes five RGB face pictures of 224×224 px at 25 frames/s and 0.2 s
of sound as 13 mel-frequency cepstral coefficients (20 steps of 10 ms at 16 kHz); both become 1024 numbers, near where they
belong together.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the name every reader knows)

from vqa_toolkit.errors import WeightsError
from vqa_toolkit.models.weights import read_checkpoint

SIDE_PX = 224
PICTURES = 5
STEPS = 20  # of 10 ms
STEPS_PER_PICTURE = 4
COEFFICIENTS = 13
RATE_HZ = 16_000
REACH = 15  # pictures of offset either way
SOURCE = "syncnet_v2.model (https://www.robots.ox.ac.uk/~vgg/software/lipsync/)"
_WINDOW, _HOP, _FFT, _FILTERS = 400, 160, 512, 26  # 25 ms and 10 ms at 16 kHz
_PREEMPHASIS, _LIFTER, _TOP_HZ = 0.97, 22, 8000.0
_HIDDEN, _EMBEDDING = 512, 1024


def _sound_tower() -> nn.Sequential:
    """(b, 1, 13, 20) → (b, 512, 1, 1)."""
    layers: list[nn.Module] = []
    pools = {0: nn.MaxPool2d(1, 1), 1: nn.MaxPool2d(3, (1, 2)), 4: nn.MaxPool2d(3, 2)}
    for k, (inside, outside) in enumerate(((1, 64), (64, 192), (192, 384), (384, 256), (256, 256))):
        layers += [nn.Conv2d(inside, outside, 3, padding=1), nn.BatchNorm2d(outside), nn.ReLU()]
        layers += [pools[k]] if k in pools else []
    return nn.Sequential(*layers, nn.Conv2d(256, 512, (5, 4)), nn.BatchNorm2d(512), nn.ReLU())


def _lip_tower() -> nn.Sequential:
    """(b, 3, 5, 224, 224) → (b, 512, 1, 1, 1)."""
    flat = ((0, 1, 1), (1, 3, 3), (1, 2, 2))  # padding, kernel and stride that leave time alone
    layers: list[nn.Module] = [
        nn.Conv3d(3, 96, (5, 7, 7), (1, 2, 2)), nn.BatchNorm3d(96), nn.ReLU(), nn.MaxPool3d(flat[1], flat[2]),
        nn.Conv3d(96, 256, (1, 5, 5), (1, 2, 2), flat[0]), nn.BatchNorm3d(256), nn.ReLU(), nn.MaxPool3d(flat[1], flat[2], flat[0]),
    ]  # fmt: skip
    for _ in range(3):
        layers += [nn.Conv3d(256, 256, flat[1], padding=flat[0]), nn.BatchNorm3d(256), nn.ReLU()]
    layers.append(nn.MaxPool3d(flat[1], flat[2]))
    return nn.Sequential(*layers, nn.Conv3d(256, 512, (1, 6, 6)), nn.BatchNorm3d(512), nn.ReLU())


def _head() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(_HIDDEN, _HIDDEN), nn.BatchNorm1d(_HIDDEN), nn.ReLU(), nn.Linear(_HIDDEN, _EMBEDDING)
    )


class PublishedSyncNet(nn.Module):
    """Both towers under the names of the published file."""

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud, self.netfcaud = _sound_tower(), _head()
        self.netcnnlip, self.netfclip = _lip_tower(), _head()

    def see(self, faces: Tensor) -> Tensor:
        """(b, 3, 5, 224, 224) BGR code values → (b, 1024)."""
        found: Tensor = self.netfclip(self.netcnnlip(faces.float()).flatten(1))
        return found

    def hear(self, coefficients: Tensor) -> Tensor:
        """(b, 1, 13, 20) → (b, 1024)."""
        found: Tensor = self.netfcaud(self.netcnnaud(coefficients.float()).flatten(1))
        return found


def load_published_syncnet(path: Path) -> PublishedSyncNet:
    """The network with a user's weights, ready to measure.

    Raises:
        WeightsError: when the file is absent, unreadable, or not that network's.
    """
    state = read_checkpoint(path, "SyncNet weights file", SOURCE, "state_dict")
    net = PublishedSyncNet()
    missing = sorted(set(net.state_dict()) - set(state))
    if missing:
        raise WeightsError(f"{path} is not the published SyncNet: it lacks {missing[0]}. Use {SOURCE}.")
    try:
        net.load_state_dict({k: state[k] for k in net.state_dict()})
    except RuntimeError as exc:
        raise WeightsError(f"{path} is a SyncNet of another shape ({exc}). Use {SOURCE}.") from exc
    return net.train(False)


def cepstra(wave: NDArray[np.floating]) -> NDArray[np.float32]:
    """Sound (n,) of 16-bit code values at 16 kHz → coefficients (13, steps) every 10 ms, the first one the log energy.

    Pre-emphasis 0.97, windows of 25 ms, 26 triangular mel filters from 0 to 8 kHz, DCT-II, lifter 22 (Young et al., HTK book).
    """
    from scipy.fft import dct

    raised = np.append(wave[:1], wave[1:] - _PREEMPHASIS * wave[:-1]).astype(np.float64)
    steps = 1 + max(0, -(-(len(raised) - _WINDOW) // _HOP))
    padded = np.pad(raised, (0, max(0, (steps - 1) * _HOP + _WINDOW - len(raised))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:steps]
    power = np.abs(np.fft.rfft(frames, _FFT)) ** 2 / _FFT
    least = np.finfo(float).eps
    bands = np.log(np.maximum(power @ _filters().T, least))
    found = dct(bands, type=2, axis=1, norm="ortho")[:, :COEFFICIENTS]
    found *= 1 + (_LIFTER / 2) * np.sin(np.pi * np.arange(COEFFICIENTS) / _LIFTER)
    found[:, 0] = np.log(np.maximum(power.sum(axis=1), least))
    return np.ascontiguousarray(found.T, dtype=np.float32)


def _filters() -> NDArray[np.float64]:
    """(26, 257) triangles evenly apart in mel = 2595·log10(1 + f / 700)."""
    top = 2595 * np.log10(1 + _TOP_HZ / 700)
    edges = 700 * (10 ** (np.linspace(0, top, _FILTERS + 2) / 2595) - 1)
    bins = np.floor((_FFT + 1) * edges / RATE_HZ)
    k = np.arange(_FFT // 2 + 1)
    rise = (k - bins[:-2, None]) / np.maximum(bins[1:-1, None] - bins[:-2, None], 1)
    fall = (bins[2:, None] - k) / np.maximum(bins[2:, None] - bins[1:-1, None], 1)
    return np.asarray(np.clip(np.minimum(rise, fall), 0, None))


@torch.inference_mode()
def distances(net: PublishedSyncNet, faces: NDArray[np.uint8], wave: NDArray[np.floating], batch: int = 20) -> Tensor:
    """Euclidean distance of every five pictures to the sound at each offset: (n, 2 · 15 + 1); column 15 is no offset.

    ``faces`` (t, 224, 224, 3) BGR at 25 frames/s, ``wave`` the sound from the first picture on, 16-bit code values at 16 kHz.
    Column k compares pictures i … i + 4 with the sound k − 15 pictures later; infinite where there is none.
    """
    coefficients = torch.from_numpy(cepstra(wave))
    n = min(len(faces) - PICTURES + 1, (coefficients.shape[1] - STEPS) // STEPS_PER_PICTURE + 1)
    if n < 1:
        return torch.empty(0, 2 * REACH + 1)
    pictures = torch.from_numpy(faces).permute(3, 0, 1, 2)
    seen, heard = [], []
    for first in range(0, n, batch):
        items = range(first, min(first + batch, n))
        seen.append(net.see(torch.stack([pictures[:, i : i + PICTURES] for i in items])))
        steps = [slice(STEPS_PER_PICTURE * i, STEPS_PER_PICTURE * i + STEPS) for i in items]
        heard.append(net.hear(torch.stack([coefficients[None, :, s] for s in steps])))
    around = F.pad(torch.cat(heard), (0, 0, REACH, REACH), value=float("inf"))
    v = torch.cat(seen)
    return torch.stack([(v - around[k : k + n]).norm(dim=1) for k in range(2 * REACH + 1)], dim=1)
