"""Every update rule over many runs at once, over torch's arrays, and over parameters of any shape."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lrviz.optimizers import Adam, Momentum, RuleSpec, hyper, rule_kinds, steps
from lrviz.spec import kind_of
from tests.driving import drive, numbers, streams
from tests.strategies import specs

RULES = pytest.mark.parametrize("cls", rule_kinds().values(), ids=kind_of)


@RULES
@given(data=st.data())
def test_many_runs_at_once_are_each_run_alone_bit_for_bit(cls: type[RuleSpec], data: st.DataObject) -> None:
    first, *others = data.draw(st.lists(specs(cls), min_size=3, max_size=6))
    rules = [first, *(first.but(**numbers(other)) for other in others)]
    swept = {name: np.array([getattr(rule, name) for rule in rules]) for name in numbers(first)}
    starts, gradients, rates = streams(data.draw(st.integers(0, 2**31)), len(rules), 20)
    kept = [array.copy() for array in (starts, gradients, rates)]
    together = drive(first, hyper(first, swept), starts, gradients, rates)
    for i, rule in enumerate(rules):
        alone = drive(rule, hyper(rule), starts[[i]], gradients[:, [i]], rates[[i]])
        finite = np.isfinite(alone)
        assert np.array_equal(finite, np.isfinite(together[:, [i]]))
        assert np.array_equal(alone[finite], together[:, [i]][finite])
    assert all(np.array_equal(*pair) for pair in zip(kept, (starts, gradients, rates), strict=True)), "not pure"


@RULES
def test_positions_stay_column_major(cls: type[RuleSpec]) -> None:
    rule = cls()
    starts, gradients, rates = streams(1, 9, 3)
    h, x = hyper(rule), starts
    state = rule.init(h, x)
    for c, g in zip(steps(rule.table(h, rates)), gradients, strict=True):
        x, state, *_ = rule.update(h, c, x, g, state)
        assert all(array.flags.f_contiguous for array in (x, *state.values()))


@RULES
@given(data=st.data())
def test_torchs_arrays_give_what_numpys_give(cls: type[RuleSpec], data: st.DataObject) -> None:
    rule = data.draw(specs(cls))
    lead = data.draw(st.sampled_from(sorted(numbers(rule))))
    starts, gradients, rates = streams(data.draw(st.integers(0, 2**31)), 3, 12)
    h = hyper(rule, {lead: np.full(3, getattr(rule, lead))})
    ours = drive(rule, h, starts, gradients, rates)
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, None)):
        theirs = drive_torch(rule, h, starts, gradients, rates, dtype)
        assert theirs.dtype == dtype
        if tolerance:
            np.testing.assert_allclose(theirs.numpy(), ours, tolerance, tolerance)


def drive_torch(rule: RuleSpec, h: Any, x: Any, gradients: Any, rates: Any, dtype: Any) -> torch.Tensor:
    def tensors(values: dict[str, Any]) -> dict[str, Any]:
        return {name: v if type(v) is float else torch.tensor(v, dtype=dtype) for name, v in values.items()}

    table, moved = rule.table(h, rates), tensors(h)
    x, out = torch.tensor(x, dtype=dtype), []
    state = rule.init(moved, x)
    for c, g in zip(steps(table), gradients, strict=True):
        x, state, *_ = rule.update(moved, tensors(c), x, torch.tensor(g, dtype=dtype), state)
        assert all(value.dtype == dtype for value in state.values())
        out.append(rule.answer(x, state) if len(out) % 2 else x)
    return torch.stack(out)


@RULES
def test_parameters_may_have_any_shape_behind_the_runs(cls: type[RuleSpec]) -> None:
    rule, runs = cls(), 4
    swept = {name: np.full(runs, value) for name, value in numbers(rule).items()}
    starts, gradients, rates = streams(3, runs, 5)
    flat = drive(rule, hyper(rule, swept), starts, gradients, rates)
    h, x = hyper(rule, swept, dims=2), starts.reshape(runs, 2, 1)
    state = rule.init(h, x)
    for t, c in enumerate(steps(rule.table(h, rates), dims=2)):
        x, state, *_ = rule.update(h, c, x, gradients[t].reshape(runs, 2, 1), state)
    assert np.array_equal(flat[-1], x[..., 0])


def test_a_sweep_of_what_is_no_number_or_not_valid_is_refused() -> None:
    for swept in ({"form": [1.0]}, {"beta1": [0.5]}, {"lr": [0.1]}):
        with pytest.raises(ValueError, match="not a numeric field"):
            hyper(Momentum(), swept)
    with pytest.raises(ValidationError):
        hyper(Adam(), {"beta1": [0.5, 1.0]})
