"""Reads a LeRobot v3.0 data set as LeRobot's dataset class does, without torch, and prints what is in it as one JSON object.

lerobot_read.py FOLDER
Follows huggingface/lerobot, src/lerobot/datasets: DatasetInfo in utils.py, load_tasks, load_episodes, load_nested_dataset and load_stats
in io_utils.py, get_hf_features_from_features in feature_utils.py, get_data_file_path in dataset_metadata.py.
"""

import json
import sys
from pathlib import Path

import datasets
import numpy
import pandas
from pyarrow import parquet

INFO_FIELDS = {
    "codebase_version", "fps", "features", "total_episodes", "total_frames", "total_tasks", "chunks_size", "data_files_size_in_mb",
    "video_files_size_in_mb", "data_path", "video_path", "robot_type", "splits", "tools",
}


def hf_features(features):
    found = {}
    for key, feature in features.items():
        if feature["dtype"] == "video":
            continue
        shape = tuple(feature["shape"])
        value = datasets.Value(dtype=feature["dtype"])
        found[key] = value if shape == (1,) else datasets.Sequence(length=shape[0], feature=value)
    return datasets.Features(found)


def nested_dataset(folder, features=None):
    paths = sorted(folder.glob("*/*.parquet"))
    if len(paths) == 0:
        raise FileNotFoundError(folder)
    return datasets.Dataset.from_parquet([str(path) for path in paths], features=features, cache_dir=sys.argv[1] + ".cache")


def read(root):
    info = json.loads((root / "meta/info.json").read_text())
    tasks = pandas.read_parquet(root / "meta/tasks.parquet")
    tasks.index.name = "task"
    episodes = nested_dataset(root / "meta/episodes")
    episodes = episodes.select_columns([key for key in episodes.features if not key.startswith("stats/")])
    frames = nested_dataset(root / "data", hf_features(info["features"]))
    episode_statistics = parquet.read_table(root / "meta/episodes/chunk-000/file-000.parquet")
    statistics = json.loads((root / "meta/stats.json").read_text())
    rows = frames[:]
    checks = []
    for episode in episodes:
        path = root / info["data_path"].format(chunk_index=episode["data/chunk_index"], file_index=episode["data/file_index"])
        # One row group an episode: it can be read alone.
        file = parquet.ParquetFile(path)
        alone = [group for group in range(file.num_row_groups) if file.read_row_group(group)["episode_index"][0].as_py() == episode["episode_index"]]
        start, end = episode["dataset_from_index"], episode["dataset_to_index"]
        checks.append({
            "tasks": episode["tasks"],
            "length": episode["length"],
            "row_groups": len(alone),
            "rows_alone": file.read_row_group(alone[0]).num_rows,
            "index": rows["index"][start:end] == list(range(start, end)),
            "episode_index": set(rows["episode_index"][start:end]) == {episode["episode_index"]},
            "frame_index": rows["frame_index"][start:end] == list(range(end - start)),
            "timestamp": bool(numpy.allclose(rows["timestamp"][start:end], numpy.arange(end - start) / info["fps"], atol=1e-4)),
            "done": rows["next.done"][start:end] == [False] * (end - start - 1) + [True],
        })
    state = numpy.array(rows["observation.state"], dtype=numpy.float64).reshape(len(frames), -1)
    mine = statistics["observation.state"]
    return {
        "unknown_info": sorted(set(info) - INFO_FIELDS),
        "counts": [info["total_episodes"], info["total_frames"], info["total_tasks"], len(episodes), len(frames), len(tasks)],
        "task": tasks.iloc[0].name,
        "task_index": int(tasks.loc[tasks.iloc[0].name].task_index),
        "episodes": checks,
        "types": {key: str(value) for key, value in frames.features.items()},
        "statistics": {
            "mean": bool(numpy.allclose(mine["mean"], state.mean(axis=0))),
            "std": bool(numpy.allclose(mine["std"], state.std(axis=0))),
            "q90": bool(numpy.allclose(mine["q90"], numpy.quantile(state, 0.9, axis=0))),
            "count": mine["count"],
            "keys": list(mine),
            "features": sorted(statistics),
            "of_episodes": str(episode_statistics.schema.field("stats/action/mean").type),
        },
        "rows": {key: rows[key] for key in ("observation.state", "action", "expert_action", "actor", "intervention", "seconds")},
    }


def without_nan(value):
    if isinstance(value, list):
        return [without_nan(each) for each in value]
    return None if isinstance(value, float) and value != value else value


datasets.disable_progress_bars()
contents = read(Path(sys.argv[1]))
contents["rows"] = {key: without_nan(column) for key, column in contents["rows"].items()}
print(json.dumps(contents))
