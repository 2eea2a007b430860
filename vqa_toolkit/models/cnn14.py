"""Cnn14 of PANNs (Kong et al., IEEE/ACM TASLP 2020) as a start for training: a user's published checkpoint, with our heads.

The checkpoint is not part of this package. Its log-mel front-end (32 kHz, window 1024, hop 320, 64 bands, 50–14,000 Hz) sees
little of 50 Hz and of a click of a millisecond, which is why :class:`~vqa_toolkit.models.artifact_net.ArtifactNet` has its own.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from vqa_toolkit.errors import WeightsError
from vqa_toolkit.models.artifact_net import ARTIFACTS, CLASSES, Judge, Scores
from vqa_toolkit.models.weights import read_checkpoint

WINDOW, HOP, BANDS = 1024, 320, 64
WIDTH = 64  # channels of the first block; the others double it
DEPTH = 6
FLOOR = 1e-10  # power
SOURCE = "Cnn14_mAP=0.431.pth of PANNs (https://zenodo.org/records/3987831)"


class LogMel(nn.Module):
    """Samples (b, n) at 32 kHz → (log-mel dB (b, 1, frames, 64),); the mel matrix comes with the checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("melW", torch.zeros(WINDOW // 2 + 1, BANDS))
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)

    def forward(self, wave: Tensor) -> tuple[Tensor]:
        """See the class."""
        window = self.get_buffer("window")
        spectrum = torch.stft(wave, WINDOW, HOP, window=window, pad_mode="reflect", return_complex=True)
        mel = (spectrum.real.square() + spectrum.imag.square()).transpose(1, 2) @ self.get_buffer("melW")
        return ((10.0 * mel.clamp(min=FLOOR).log10())[:, None],)


class Block(nn.Module):
    """Two 3×3 convolutions with batch normalisation, then average pooling."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inside, outside, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(outside, outside, 3, padding=1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(outside), nn.BatchNorm2d(outside)

    def forward(self, x: Tensor, pool: int) -> Tensor:
        """(b, inside, t, f) → (b, outside, t/pool, f/pool)."""
        x = functional.relu(self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x))))))
        return functional.avg_pool2d(x, pool) if pool > 1 else x


class Cnn14Artifacts(Judge):
    """Cnn14's trunk under our two heads: wave (b, 32000) → :class:`Scores`. 80 M parameters at the published width."""

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.front = LogMel()
        self.bn0 = nn.BatchNorm2d(BANDS)
        sizes = [1, *(width << k for k in range(DEPTH))]
        for k in range(DEPTH):
            self.add_module(f"conv_block{k + 1}", Block(sizes[k], sizes[k + 1]))
        self.fc1 = nn.Linear(sizes[-1], sizes[-1])
        self.classes = nn.Linear(sizes[-1], len(CLASSES))
        self.artifacts = nn.Linear(sizes[-1], len(ARTIFACTS))

    def judge(self, *views: Tensor) -> Scores:
        """Logits of a log-mel spectrogram (b, 1, frames, 64)."""
        mel = views[0]
        x = self.bn0(mel.transpose(1, 3)).transpose(1, 3)
        for k in range(DEPTH):
            x = self.get_submodule(f"conv_block{k + 1}")(x, 2 if k < DEPTH - 1 else 1)
        x = x.mean(3)
        features = functional.relu(self.fc1(x.amax(2) + x.mean(2)))
        return Scores(self.classes(features), self.artifacts(features))


def load_cnn14(path: Path, width: int = WIDTH) -> Cnn14Artifacts:
    """The trunk with a published checkpoint's weights (``{"model": state}`` or a bare state); new heads.

    Raises:
        WeightsError: when the file is absent, unreadable, or not a Cnn14.
    """
    state = read_checkpoint(path, "Cnn14 checkpoint", SOURCE, "model")
    net = Cnn14Artifacts(width)
    renamed = {k.replace("logmel_extractor.", "front."): v for k, v in state.items()}
    wanted = {k for k in net.state_dict() if not k.startswith(("classes.", "artifacts."))}
    missing = sorted(wanted - set(renamed))
    if missing:
        raise WeightsError(
            f"{path} is not a Cnn14 checkpoint: it lacks {missing[0]} and {len(missing) - 1} more. Use {SOURCE}."
        )
    try:
        net.load_state_dict({k: v for k, v in renamed.items() if k in wanted}, strict=False)
    except RuntimeError as exc:
        raise WeightsError(f"{path} is a Cnn14 of another size ({exc}). Use {SOURCE}.") from exc
    return net
