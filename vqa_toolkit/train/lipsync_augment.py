"""Augmentation of mouth crops and log-mel, whole batches at a time, on the device they lie on."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  (the name every reader knows)

from vqa_toolkit.models.sync_net import BANDS, HEIGHT, SHARE, WIDTH

CLIP_LOW, CLIP_HIGH = 0.0, 255.0


def _some(n: int, share: float, device: torch.device) -> Tensor:
    """True for about ``share`` of ``n`` clips."""
    return torch.rand(n, device=device) < share


def _between(n: int, low: float, high: float, device: torch.device) -> Tensor:
    return torch.rand(n, device=device) * (high - low) + low


def warp(crops: Tensor, strength: float = 1.0) -> Tensor:
    """Crops (B, T, H, W) scaled, turned, shifted, stretched and mirrored, one draw a clip → (B, T, HEIGHT, WIDTH)."""
    b = len(crops)
    dev, k = crops.device, strength
    zoom, aspect = torch.exp(_between(b, -0.15 * k, 0.15 * k, dev)), torch.exp(_between(b, -0.1 * k, 0.1 * k, dev))
    turn = _between(b, -0.2 * k, 0.2 * k, dev)
    mirror = torch.where(_some(b, 0.5 if k else 0.0, dev), -1.0, 1.0)
    ratio = WIDTH / HEIGHT  # the grid's unit is half the picture, so that a turn must know its shape
    cos, sin = torch.cos(turn) * zoom, torch.sin(turn) * zoom
    theta = torch.stack(
        [
            torch.stack(
                [mirror * cos * aspect * SHARE, -mirror * sin / ratio * SHARE, _between(b, -0.1 * k, 0.1 * k, dev)], 1
            ),
            torch.stack([sin * ratio * SHARE, cos / aspect * SHARE, _between(b, -0.1 * k, 0.1 * k, dev)], 1),
        ],
        1,
    )
    grid = F.affine_grid(theta, [b, 1, HEIGHT, WIDTH], align_corners=False)
    return F.grid_sample(crops, grid, mode="bilinear", padding_mode="border", align_corners=False)


def degrade(x: Tensor) -> Tensor:
    """Light, lens, compression and dirt: gamma, flicker, low resolution, blur, noise, cut-outs, held frames (B, T, H, W)."""
    b, t, h, w = x.shape
    dev = x.device
    gamma = torch.exp(_between(b, -0.4, 0.4, dev)).view(b, 1, 1, 1)
    x = CLIP_HIGH * (x.clamp(1.0, CLIP_HIGH) / CLIP_HIGH) ** gamma
    flicker = 1 + 0.06 * torch.randn(b, t, 1, 1, device=dev) * _some(b, 0.25, dev).view(b, 1, 1, 1)
    x = x * flicker
    low = _some(b, 0.3, dev)
    if low.any():
        factor = float(_between(1, 0.25, 0.7, dev))
        small = F.interpolate(x[low], scale_factor=factor, mode="area", recompute_scale_factor=True)
        x[low] = F.interpolate(small, size=(h, w), mode="bilinear", align_corners=False)
    blur = _some(b, 0.2, dev)
    if blur.any():
        x[blur] = F.avg_pool2d(x[blur], 3, 1, 1, count_include_pad=False)
    noise = (_between(b, 0.0, 10.0, dev) * _some(b, 0.5, dev)).view(b, 1, 1, 1)
    if bool(noise.any()):
        x = x + noise * torch.randn(x.shape, device=dev)
    for i in torch.nonzero(_some(b, 0.3, dev)).flatten().tolist():
        ch, cw = int(h * float(_between(1, 0.15, 0.5, dev))), int(w * float(_between(1, 0.1, 0.35, dev)))
        top, left = int(torch.randint(h - ch, (1,))), int(torch.randint(w - cw, (1,)))
        x[i, :, top : top + ch, left : left + cw] = float(_between(1, CLIP_LOW, CLIP_HIGH, dev))
    for i in torch.nonzero(_some(b, 0.08, dev)).flatten().tolist():  # 12.5 frames/s, or a repeated frame
        odd = torch.arange(t, device=dev)
        x[i] = x[i, odd - odd % 2]
    return x


def spoil(mel: Tensor, others: Tensor) -> Tensor:
    """Voice, room and company: pitch shift, tilt, band limits, echo, another clip's sound and noise (B, frames, BANDS)."""
    b, n, _ = mel.shape
    dev = mel.device
    band = torch.arange(BANDS, device=dev, dtype=torch.float32)
    shift = _between(b, -3.5, 3.5, dev) * _some(b, 0.7, dev)
    at = (band + shift.view(b, 1)).clamp(0, BANDS - 1.001)
    low = at.floor().long()
    part = (at - low).view(b, 1, BANDS)
    x = mel.gather(2, low.view(b, 1, BANDS).expand(b, n, BANDS)) * (1 - part)
    x = x + mel.gather(2, (low + 1).view(b, 1, BANDS).expand(b, n, BANDS)) * part
    x = x + (_between(b, -1.0, 1.0, dev).view(b, 1) * (band / BANDS - 0.5)).unsqueeze(1)
    x = _echo(x, _some(b, 0.3, dev))
    level = x.logsumexp(dim=(1, 2)) - math.log(n * BANDS)
    other = others - (others.logsumexp(dim=(1, 2)) - math.log(n * BANDS)).view(b, 1, 1)
    below = torch.where(_some(b, 0.5, dev), _between(b, 0.3, 4.0, dev), torch.full((b,), 30.0, device=dev))
    x = torch.logaddexp(x, other + (level - below).view(b, 1, 1))
    slope = _between(b, -3.0, 0.5, dev).view(b, 1, 1) * (band / BANDS).view(1, 1, BANDS)
    grain = torch.log(torch.rand(b, n, BANDS, device=dev) + 0.3)
    quiet = torch.where(_some(b, 0.4, dev), _between(b, 1.0, 6.0, dev), torch.full((b,), 30.0, device=dev))
    x = torch.logaddexp(x, (level - quiet).view(b, 1, 1) + slope + grain)
    edge = torch.where(_some(b, 0.2, dev), _between(b, 45.0, 78.0, dev), torch.full((b,), float(BANDS), device=dev))
    floor = torch.where(_some(b, 0.15, dev), _between(b, 2.0, 12.0, dev), torch.zeros(b, device=dev))
    outside = (band > edge.view(b, 1)) | (band < floor.view(b, 1))
    return torch.where(outside.unsqueeze(1), x.amin(dim=(1, 2)).view(b, 1, 1).expand_as(x), x)


def _echo(x: Tensor, which: Tensor) -> Tensor:
    """A room's decay on the power of the clips in ``which``: 60 dB in 0.15 to 0.7 s."""
    if not bool(which.any()):
        return x
    taps = 32
    decay = 6.9 * 2 / (float(_between(1, 15.0, 70.0, x.device)))  # nats of power a 10 ms frame
    kernel = torch.exp(-decay * torch.arange(taps, device=x.device, dtype=torch.float32)) * float(
        _between(1, 0.1, 0.5, x.device)
    )
    kernel[0] = 1.0
    power = F.pad(torch.exp(x[which]).transpose(1, 2).reshape(-1, 1, x.shape[1]), (taps - 1, 0))
    wet = F.conv1d(power, kernel.flip(0).view(1, 1, -1)).view(-1, BANDS, x.shape[1]).transpose(1, 2)
    out = x.clone()
    out[which] = torch.log(wet + 1e-12)
    return out
