"""The batch norm page runs in both languages from every address, and leads out of where PyTorch raises an error."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lrviz.layers.batchnorm_scene import BatchNormScene
from lrviz.layers.four_steps import FourSteps
from lrviz.layers.running import Stream
from lrviz.layers.shared_axes import SharedAxes
from lrviz.spec import to_address
from lrviz.text import LANGUAGES, words
from lrviz.ui import batchnorm_axes, batchnorm_running, batchnorm_steps
from lrviz.ui.markdown import plain
from tests.lessons import assert_broken_parts_are_said
from tests.test_pages import Address, assert_whole, opened, widget

IN_EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
SINGLE = BatchNormScene(tensor="vectors", rows=1)


def link(scene: BatchNormScene) -> Address:
    return to_address(scene, BatchNormScene())


def scene_of(app: AppTest) -> BatchNormScene:
    return app.session_state["batchnorm scene"]


def said(app: AppTest) -> str:
    return "\n".join(block.value for block in (*app.markdown, *app.caption, *app.error))


EDGES = {
    "huge": BatchNormScene(scale=1e6, shift=-100.0, gamma_0=100.0),
    "tiny": BatchNormScene(scale=1e-6, eps=1e-12, shift=100.0),
    "flat": BatchNormScene(tensor="own", values=(3.0, 3.0, 3.0)),
    "one number": BatchNormScene(tensor="own", values=(3.0,)),
    "one number, eval": BatchNormScene(tensor="own", values=(3.0,), mode="eval"),
    "one vector, eval": SINGLE.but(mode="eval"),
    "two vectors": SINGLE.but(rows=2, gamma_1=-1.0),
    "a thousand batches": BatchNormScene(mode="eval", seen=1000, momentum=0.0),
    "one batch": BatchNormScene(view="running", batches=1),
    "batches of one": BatchNormScene(view="running", batch=1),
    "many large batches": BatchNormScene(view="running", batches=500, batch=256, mean=-1000.0, spread=1000.0),
    "no memory": BatchNormScene(view="running", momentum=1.0, spread=0.01, mean=0.0),
    "volumes": BatchNormScene(view="axes", dims="volume", samples=8, groups="6"),
    "one sample of vectors": BatchNormScene(view="axes", dims="vector", samples=1, groups="1"),
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", EDGES)
def test_a_scene_at_the_edge_runs(name: str, language: str) -> None:
    app = opened("batchnorm", {"lang": language} | link(EDGES[name]))
    assert_whole(app, "batchnorm", language)
    assert len(app.warning) == 0 and scene_of(app) == EDGES[name]


@pytest.mark.parametrize("name", EDGES)
def test_at_the_edge_there_are_code_and_data_too(name: str) -> None:
    app = opened("batchnorm", link(EDGES[name]))
    for tab in ("code", "data"):
        widget(app, "batchnorm tab en").set_value(tab).run()
        assert_whole(app, "batchnorm", "en")


BROKEN: dict[str, tuple[Address, str, str]] = {
    "a batch of none": ({"tensor": "vectors", "rows": "0"}, "1", "12"),
    "more vectors than there are": ({"tensor": "vectors", "rows": "13"}, "12", "12"),
    "eps 0": ({"eps": "0"}, "1e-12", "1e-05"),
    "momentum above 1": ({"momentum": "1.5"}, "1", "0.1"),
    "scale NaN": ({"scale": "nan"}, "nan", "1"),
    "no numbers": ({"tensor": "own", "values": ""}, "1", "1, 2, 4, 9"),
    "a word for a number": ({"tensor": "own", "values": "1,two"}, "two", "1, 2, 4, 9"),
    "batches without end": ({"view": "running", "batches": "1000000000"}, "500", "100"),
    "a batch too large": ({"view": "running", "batch": "100000"}, "256", "8"),
    "no such shape": ({"view": "axes", "dims": "4d"}, "4d", "image"),
    "groups that do not divide": ({"view": "axes", "groups": "4"}, "4", "2"),
    "no such view": ({"view": "film"}, "film", "steps"),
}


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_part_gets_one_sentence_with_what_is_shown_instead(name: str, language: str) -> None:
    address, part, instead = BROKEN[name]
    assert_broken_parts_are_said("batchnorm", address, [(part, instead)], language)


# --- the four steps ---


@IN_EACH_LANGUAGE
def test_the_formula_and_the_table_hold_the_numbers_of_the_picture(language: str) -> None:
    app = opened("batchnorm", {"lang": language, "gamma_0": "2"})
    text = said(app)
    assert r"2\cdot\frac{-0.2751 - (-0.4927)}{\sqrt{0.2729 + 1\cdot 10^{-5}}} + 0 = 0.833" in text
    for value in ("-0.4927", "0.2729", "0.2977", "0.9298", "0.01542"):
        assert f"| {plain(value)} " in text
    assert words(language).w("page.batchnorm.table.note") in text


def test_another_number_is_followed_and_one_that_is_gone_gives_way_to_the_first() -> None:
    app = opened("batchnorm")
    app.session_state[batchnorm_steps.PICKED] = (5, 3)
    app.run()
    assert r"-1.223 - 0.1542" in said(app)
    result = FourSteps(BatchNormScene(tensor="vectors", rows=2))
    app = opened("batchnorm", link(result.scene))
    app.session_state[batchnorm_steps.PICKED] = (5, 3)
    app.run()
    assert f"{result.x[0, 0]:.4g}" in said(app) and not app.exception


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("scene", [SINGLE, BatchNormScene(tensor="own", values=(7.0,)), EDGES["batches of one"]])
def test_what_pytorch_refuses_is_said_in_the_place_of_the_picture_and_every_way_leads_out(
    scene: BatchNormScene, language: str
) -> None:
    w = words(language)
    app = opened("batchnorm", {"lang": language} | link(scene))
    assert_whole(app, "batchnorm", language)
    (error,) = app.error
    assert "Expected more than 1 value per channel when training, got input size torch.Size([1, " in error.value
    assert w.w("page.batchnorm.refused.why") in said(app)
    ways = [str(button.key) for button in app.button if str(button.key).startswith("batchnorm way ")]
    assert len(ways) >= 2
    for way in ways:
        app = opened("batchnorm", {"lang": language} | link(scene))
        widget(app, way).click().run()
        assert_whole(app, "batchnorm", language)
        assert len(app.error) == 0 and scene_of(app) != scene
        assert dict(app.query_params) == {"lang": language} | link(scene_of(app))


def test_a_number_typed_wrong_is_said_in_its_place_and_the_rest_stays() -> None:
    app = opened("batchnorm", {"tensor": "own"})
    (box,) = [box for box in app.text_input if "values" in str(box.key)]
    box.set_value("1, x, 3").run()
    assert not app.exception and len(app.error) == 1 and "x" in app.error[0].value
    assert scene_of(app).values == (1.0, 2.0, 4.0, 9.0) and box.value == "1, x, 3"
    (box,) = [box for box in app.text_input if "values" in str(box.key)]
    box.set_value("1, 5, 3").run()
    assert len(app.error) == 0 and scene_of(app).values == (1.0, 5.0, 3.0)


def test_a_scene_is_kept_from_view_to_view() -> None:
    app = opened("batchnorm", {"gamma_0": "2"})
    (view,) = [choice for choice in app.segmented_control if "view" in str(choice.key)]
    view.set_value("running").run()
    assert scene_of(app) == BatchNormScene(view="running", gamma_0=2.0)


def test_the_table_of_values_is_the_picture() -> None:
    result, w = FourSteps(BatchNormScene(tensor="vectors", rows=3)), words("en")
    names, columns = batchnorm_steps.table(result, w)
    assert names == ["sample", "channel", "x", "x - mean", "x_hat", "y"]
    np.testing.assert_array_equal(columns[0], [0, 0, 1, 1, 2, 2])
    np.testing.assert_array_equal(columns[-1], result.steps[3].ravel())
    assert len(batchnorm_steps.table(FourSteps(SINGLE), w)[0]) == 3


# --- the stream, and who shares a mean ---


@IN_EACH_LANGUAGE
@pytest.mark.parametrize("average", ["exponential", "cumulative"])
def test_the_last_update_stands_there_in_numbers(language: str, average: str) -> None:
    scene = BatchNormScene(view="running").but(average=average)
    app, result = opened("batchnorm", {"lang": language} | link(scene)), Stream(scene)
    share = "0.01" if average == "cumulative" else "0.1"
    before, after = (f"{value:.4g}" for value in result.running_var[-2:])
    unbiased = f"{result.found.unbiased[-1]:.4g}"
    assert f"(1 − {share})·{before} + {share}·{unbiased} = **{after}**" in said(app)
    assert f"{result.biased_truth:.4g}" in said(app)


def test_the_film_says_what_is_remembered_after_every_batch() -> None:
    result = Stream(BatchNormScene(view="running", batches=30))
    film = batchnorm_running.film(result, words("en"))
    assert film.frames == 31 and "(truth 9)" in film.caption and "{variance}" in film.caption
    np.testing.assert_array_equal(film.values["variance"], result.running_var)


def test_the_stream_as_a_table_begins_with_what_is_remembered_before_the_first_batch() -> None:
    result = Stream(BatchNormScene(batches=4))
    names, columns = batchnorm_running.table(result, words("en"))
    assert columns.shape == (7, 5) and len(set(names)) == 7
    assert np.isnan(columns[:4, 0]).all()
    assert columns[names.index("running_var"), 0] == 1.0


@pytest.mark.parametrize(
    ("dims", "over"),
    [
        ("vector", ["N = 4", "C = 6", "C/2 = 3", "1"]),
        ("sequence", ["N·L = 4·4 = 16", "C·L = 6·4 = 24", "C/2·L = 3·4 = 12", "L = 4"]),
        ("image", ["N·H·W = 4·2·2 = 16", "C·H·W = 6·2·2 = 24", "C/2·H·W = 3·2·2 = 12", "H·W = 2·2 = 4"]),
        (
            "volume",
            ["N·D·H·W = 4·2·2·2 = 32", "C·D·H·W = 6·2·2·2 = 48", "C/2·D·H·W = 3·2·2·2 = 24", "D·H·W = 2·2·2 = 8"],
        ),
    ],
)
def test_the_axes_of_every_layer_stand_there_in_numbers(dims: str, over: list[str]) -> None:
    app = opened("batchnorm", link(BatchNormScene(view="axes").but(dims=dims)))
    for text in over:
        assert f"| {plain(text)} |" in said(app)


def test_the_means_as_a_table() -> None:
    result = SharedAxes(BatchNormScene(view="axes", samples=2, groups="3"))
    names, columns = batchnorm_axes.table(result, words("en"))
    assert len(names) == len(set(names)) == 7 and columns.shape == (7, 48)
    np.testing.assert_array_equal(columns[3], columns[1])
    np.testing.assert_array_equal(columns[4], columns[0])
    np.testing.assert_array_equal(columns[5], 3 * columns[0] + columns[1] // 2)
