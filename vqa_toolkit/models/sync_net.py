"""SyncNet: what lips show and what ears hear, in one space. Cosine similarity is high where they belong together.

Two towers after Chung & Zisserman, "Out of time" (2016), trained by multi-way matching inside a clip after Chung, Chung &
Kang, "Perfect Match" (2019). Every convolution in time is *valid* in both towers, with the same receptive field: padding
would tell a position by its distance from the ends, and the towers would match positions instead of speech.

Five pictures at 25 frames/s (0.2 s) against twenty log-mel frames at 10 ms (0.2 s). A second head looks at eleven
pictures (0.44 s) through three more valid convolutions in time.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the name every reader knows)

from vqa_toolkit.models.weights import load_weights

FPS = 25.0  # pictures/s that the network was made for; other rates are resampled by time
MEL_PER_FRAME = 4  # 10 ms log-mel frames to a picture
SUPPORT = 5  # pictures that the short head sees
CONTEXT = 11  # pictures that the context head sees
HEIGHT, WIDTH = 48, 72  # px of the mouth crop as the network sees it
SHARE = 0.8  # of a cut crop's height and width: training moves about in the rest
BANDS = 80
SIZE = 256  # dimensions of an embedding


class Embeddings(NamedTuple):
    """Unit vectors: ``short`` (B, T − 4, SIZE) of 5 pictures each, ``context`` (B, T − 10, SIZE) of 11 each."""

    short: Tensor
    context: Tensor


def _block(
    channels_in: int, channels: int, kernel: tuple[int, int], stride: tuple[int, int], pad: tuple[int, int]
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels_in, channels, kernel, stride, pad, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
    )


class _Head(nn.Module):
    """Features (B, C, T) → the two embeddings."""

    def __init__(self, channels: int, dropout: float) -> None:
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.short = nn.Conv1d(channels, SIZE, 1)
        self.context = nn.Sequential(
            *(
                layer
                for _ in range(3)
                for layer in (
                    nn.Conv1d(channels, channels, 3, bias=False),
                    nn.BatchNorm1d(channels),
                    nn.ReLU(inplace=True),
                )
            )
        )
        self.context_out = nn.Conv1d(channels, SIZE, 1)

    def forward(self, x: Tensor) -> Embeddings:
        x = self.drop(x)
        short = F.normalize(self.short(x).float(), dim=1)
        context = F.normalize(self.context_out(self.context(x)).float(), dim=1)
        return Embeddings(short.transpose(1, 2), context.transpose(1, 2))


class SyncNet(nn.Module):
    """Two towers, about 3 M parameters. Inputs must be normalised by :func:`normal_mouths` and :func:`normal_mel`."""

    def __init__(self, width: int = 24, channels: int = 256, dropout: float = 0.2) -> None:
        super().__init__()
        w = width
        self.sight = nn.Sequential(
            _block(4 * SUPPORT, 2 * w, (5, 5), (2, 2), (2, 2)),
            _block(2 * w, 3 * w, (3, 3), (2, 2), (1, 1)),
            _block(3 * w, 3 * w, (3, 3), (1, 1), (1, 1)),
            _block(3 * w, 6 * w, (3, 3), (2, 2), (1, 1)),
            nn.Dropout2d(dropout / 2),
            nn.Flatten(1),
            nn.Linear(6 * w * 3 * 5, channels, bias=False),
        )
        self.sight_norm = nn.Sequential(nn.BatchNorm1d(channels), nn.ReLU(inplace=True))
        # (B, 1, BANDS, frames); time kernels 3, 4/2, 4/2, 3 see exactly 20 frames and step by 4
        self.hearing = nn.Sequential(
            _block(1, w, (5, 3), (2, 1), (2, 0)),
            _block(w, 2 * w, (3, 4), (2, 2), (1, 0)),
            _block(2 * w, 4 * w, (3, 4), (2, 2), (1, 0)),
            _block(4 * w, 6 * w, (3, 3), (2, 1), (1, 0)),
            nn.Dropout2d(dropout / 2),
            nn.Conv2d(6 * w, channels, (5, 1), bias=False),
        )
        self.hearing_norm = nn.Sequential(nn.BatchNorm1d(channels), nn.ReLU(inplace=True))
        self.sight_head = _Head(channels, dropout)
        self.hearing_head = _Head(channels, dropout)
        self.scale = nn.Parameter(torch.tensor([2.3, 2.3]))  # log of the cosine's factor, one a head

    def see(self, mouths: Tensor) -> Embeddings:
        """(B, T, HEIGHT, WIDTH) normalised crops at 25 frames/s, T ≥ 11 → embeddings; entry i is of pictures i … i + 4 (10)."""
        b, t = mouths.shape[:2]
        # 2 × 2 pixels to channels: a first layer of many channels and few pixels is four times faster than the reverse
        fine = F.pixel_unshuffle(mouths.reshape(b * t, 1, HEIGHT, WIDTH), 2).view(b, t, 4, HEIGHT // 2, WIDTH // 2)
        stacked = fine.unfold(1, SUPPORT, 1).permute(0, 1, 5, 2, 3, 4).reshape(-1, 4 * SUPPORT, HEIGHT // 2, WIDTH // 2)
        x = self.sight(stacked.contiguous(memory_format=torch.channels_last))
        return self._embed(self.sight_head, self.sight_norm, x.view(b, -1, x.shape[1]).transpose(1, 2))

    def hear(self, mel: Tensor) -> Embeddings:
        """(B, 4 T, BANDS) normalised log-mel at 10 ms → embeddings; entry i is of mel frames 4 i … 4 i + 19 (43)."""
        x = self.hearing(mel.transpose(1, 2).unsqueeze(1).contiguous(memory_format=torch.channels_last))
        return self._embed(self.hearing_head, self.hearing_norm, x.squeeze(2))

    @staticmethod
    def _embed(head: nn.Module, norm: nn.Module, x: Tensor) -> Embeddings:
        out: Embeddings = head(norm(x))
        return out

    def forward(self, mouths: Tensor, mel: Tensor) -> tuple[Embeddings, Embeddings]:
        """Both towers."""
        return self.see(mouths), self.hear(mel)


def normal_mouths(crops: Tensor) -> Tensor:
    """Crops (…, T, H, W) in [0, 255] minus their mean over time, over their deviation: little is left of who speaks."""
    x = crops.float()
    x = x - x.mean(dim=-3, keepdim=True)
    return x / (x.square().mean(dim=(-3, -2, -1), keepdim=True).sqrt() + 2.0)  # + 2: noise of a still is not blown up


def normal_mel(mel: Tensor) -> Tensor:
    """Log-mel (…, frames, BANDS) minus each band's mean over time, over the whole deviation: no channel, no loudness."""
    x = mel.float()
    x = x - x.mean(dim=-2, keepdim=True)
    return x / (x.square().mean(dim=(-2, -1), keepdim=True).sqrt() + 0.2)  # + 0.2: steady noise is not blown up


def middle(crops: Tensor) -> Tensor:
    """The network's (HEIGHT, WIDTH) out of the middle of larger crops (…, T, H, W): SHARE of both sides, resampled."""
    height, width = round(SHARE * crops.shape[-2]), round(SHARE * crops.shape[-1])
    top, left = (crops.shape[-2] - height) // 2, (crops.shape[-1] - width) // 2
    cut = crops[..., top : top + height, left : left + width].float()
    flat = cut.reshape(-1, 1, height, width)
    return F.interpolate(flat, size=(HEIGHT, WIDTH), mode="bilinear", align_corners=False).reshape(
        *cut.shape[:-2], HEIGHT, WIDTH
    )


def load_sync_net(device: str = "cpu") -> SyncNet:
    """The packaged network, ready to measure.

    Raises:
        WeightsError: when its weights are missing, truncated or wrong.
    """
    net = SyncNet()
    net.load_state_dict(load_weights("sync_net"))
    net.train(False)
    return net.to(device)
