"""Random numbers that anyone can name: each is a function of seed, stream, step and place, the same on every device."""

import torch

Tensor = torch.Tensor
MASK = 0xFFFFFFFF
GOLDEN = 0x9E3779B9

INIT, ORDER, DROP = 1, 2, 16
"""Streams; layer k drops units by stream DROP + k."""


def mixed(x: Tensor) -> Tensor:
    """Scramble 32-bit integers, held in 64: multiply and shift, after C. Wellons' search of 2018 ("lowbias32")."""
    x = x ^ (x >> 16)
    x = (x * 0x7FEB352D) & MASK
    x = x ^ (x >> 15)
    x = (x * 0x846CA68B) & MASK
    return x ^ (x >> 16)


def words(seeds: Tensor, stream: int, steps: Tensor, count: int) -> Tensor:
    """Return 32 random bits for every step, seed and place: seeds (U,), steps (K,) -> (K, U, count)."""
    place = torch.arange(count, device=seeds.device)
    key = mixed((mixed(seeds & MASK) + stream * GOLDEN) & MASK)
    key = mixed((key[None, :] + mixed(steps)[:, None] * GOLDEN) & MASK)
    return mixed(mixed((key[:, :, None] + place * GOLDEN) & MASK) ^ key[:, :, None])


def uniform(seeds: Tensor, stream: int, steps: Tensor, count: int) -> Tensor:
    """Return numbers between 0 and 1, neither of them included, (K, U, count), in float64."""
    return (words(seeds, stream, steps, count).double() + 0.5) / 2**32


def normal(seeds: Tensor, stream: int, steps: Tensor, count: int) -> Tensor:
    """Return standard normal numbers (K, U, count), two uniform ones each: sqrt(-2 ln u) cos(2 pi v)."""
    u, v = uniform(seeds, stream, steps, 2 * count).tensor_split(2, dim=-1)
    return torch.sqrt(-2 * torch.log(u)) * torch.cos(2 * torch.pi * v)


def orders(seeds: Tensor, epochs: Tensor, rows: int) -> Tensor:
    """Return a random order of the rows for every epoch and seed, (E, U, rows)."""
    keys = words(seeds, ORDER, epochs, rows)
    return torch.argsort(keys * rows + torch.arange(rows, device=seeds.device), dim=-1)
