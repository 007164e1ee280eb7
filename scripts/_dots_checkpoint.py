"""Save a run between epochs and take it up again, so that it ends with the same numbers as if never interrupted.

A checkpoint is one .npz file without pickled objects: the arrays of the net, the optimizer and the random generator,
the losses, and a JSON text with the rest. Whatever happens while it is written, the file is the old one or the new one.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import numpy as np
from _dots_data import Dots, DotsError, one_line
from _dots_model import Run, Settings

FORMAT = 1


def identity(run: Run, settings: Settings, dots: Dots) -> dict[str, Any]:
    """What must be equal for a run to be the continuation of another. How far it goes (--epochs) may differ."""
    data = hashlib.sha256(np.array([(*point, label) for point, label in dots]).tobytes()).hexdigest()[:16]
    return {"backend": run.name, **settings._asdict(), "data": data}


def save(path: str, run: Run, who: dict[str, Any]) -> None:
    """Write the state of `run`, atomically."""
    arrays: dict[str, Any] = {"losses": np.array(run.losses), "generator": np.asarray(run.ns.get_rng_state())}
    for name, tensor in run.net.state_dict().items():
        arrays[f"net.{name}"] = np.asarray(tensor)
    plain: list[list] = []  # optimizer values that are no tensors: [parameter, name, value]
    for i, state in run.optimizer.state_dict()["state"].items():
        for name, value in state.items():
            if isinstance(value, run.ns.Tensor):
                arrays[f"optimizer.{i}.{name}"] = np.asarray(value)
            else:
                plain.append([i, name, value])
    text = json.dumps({"format": FORMAT, "run": who, "epoch": run.epoch, "optimizer": plain, "arrays": list(arrays)})
    temporary = f"{path}.tmp"
    try:
        with open(temporary, "wb") as file:
            np.savez(file, text=np.array(text), **arrays)
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave the new name on an empty file
        os.replace(temporary, path)
    except OSError as error:
        raise DotsError(f"--checkpoint {path}: {error.strerror}") from None


def load(path: str, run: Run, who: dict[str, Any]) -> None:
    """Bring `run`, just made, to the state saved in `path`.

    Raises:
        DotsError: the file is damaged, no checkpoint, or of another run.
    """
    try:
        # Opened here: np.load leaves a file that turns out to be no zip open.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as members:
            arrays = {name: members[name] for name in members.files}
        saved = json.loads(str(arrays.pop("text")))
        if list(arrays) != saved["arrays"]:  # the zip has a checksum for each array, none for its list of them
            raise ValueError("arrays are missing")
        if saved["format"] != FORMAT:
            raise DotsError(f"{path}: checkpoint format {saved['format']}, this script reads {FORMAT}")
        differing = [f"{key} {saved['run'].get(key)!r} is now {value!r}"
                     for key, value in who.items() if saved["run"].get(key) != value]
        if differing:
            raise DotsError(f"{path}: is the checkpoint of another run: {', '.join(differing)}")
        _restore(run, arrays, saved)
    except DotsError:
        raise
    except OSError as error:
        raise DotsError(f"{path}: {error.strerror or error}") from None
    # A damaged file fails wherever the damage is: in the zip, in an array's header, in the text, in a shape.
    except Exception as error:
        raise DotsError(f"{path}: damaged, or not a checkpoint ({one_line(error)})") from None


def _restore(run: Run, arrays: dict[str, np.ndarray], saved: dict[str, Any]) -> None:
    from_numpy = run.ns.from_numpy
    run.net.load_state_dict({name[4:]: from_numpy(array) for name, array in arrays.items() if name.startswith("net.")})
    state: dict[int, dict[str, Any]] = {}
    for i, name, value in saved["optimizer"]:
        state.setdefault(i, {})[name] = value
    for key, array in arrays.items():
        if key.startswith("optimizer."):
            _, i, name = key.split(".", 2)
            state.setdefault(int(i), {})[name] = from_numpy(array)
    run.optimizer.load_state_dict({**run.optimizer.state_dict(), "state": state})
    run.ns.set_rng_state(from_numpy(arrays["generator"]))
    run.losses, run.epoch = arrays["losses"].tolist(), int(saved["epoch"])
