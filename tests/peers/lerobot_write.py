"""Writes a LeRobot v3.0 data set as LeRobot's own writer does, without torch.

lerobot_write.py FOLDER
Two episodes of 6 and 4 frames in two data files, a camera, two tasks. Follows huggingface/lerobot, src/lerobot/datasets: save_episode and
_save_episode_data in dataset_writer.py, _flush_metadata_buffer in dataset_metadata.py, write_tasks and write_info in io_utils.py.
"""

import json
import sys
from pathlib import Path

import datasets
import numpy
import pandas
import pyarrow
from pyarrow import parquet

LENGTHS = [6, 4]
TASKS = ["pick the cube", "put it down"]
FPS = 30

own = {
    "action": {"dtype": "float32", "shape": (2,), "names": ["shoulder_pan.pos", "gripper.pos"]},
    "observation.state": {"dtype": "float32", "shape": (2,), "names": ["shoulder_pan.pos", "gripper.pos"]},
    "observation.images.front": {
        "dtype": "video",
        "shape": (480, 640, 3),
        "names": ["height", "width", "channels"],
        "info": {"video.fps": FPS, "is_depth_map": False},
    },
}
default = {
    "timestamp": {"dtype": "float32", "shape": (1,), "names": None},
    **{key: {"dtype": "int64", "shape": (1,), "names": None} for key in ("frame_index", "episode_index", "index", "task_index")},
}
features = {**own, **default}
hf_features = datasets.Features({
    key: datasets.Value(dtype=feature["dtype"])
    if feature["shape"] == (1,)
    else datasets.Sequence(length=feature["shape"][0], feature=datasets.Value(dtype=feature["dtype"]))
    for key, feature in features.items()
    if feature["dtype"] != "video"
})

root = Path(sys.argv[1])
episodes = []
start = 0
for episode, length in enumerate(LENGTHS):
    ticks = numpy.arange(length)
    buffer = {
        "action": numpy.stack([start + ticks, -(start + ticks)], axis=1).astype(numpy.float32) / 2,
        "observation.state": numpy.stack([start + ticks, 10 * (start + ticks)], axis=1).astype(numpy.float32),
        "timestamp": (ticks / FPS).astype(numpy.float32),
        "frame_index": ticks,
        "episode_index": numpy.full((length,), episode),
        "index": start + ticks,
        "task_index": numpy.full((length,), episode),
    }
    table = datasets.Dataset.from_dict({key: buffer[key] for key in hf_features}, features=hf_features, split="train").with_format("arrow")[:]
    path = root / f"data/chunk-000/file-{episode:03d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    with parquet.ParquetWriter(path, schema=table.schema, compression="snappy", use_dictionary=True) as writer:
        writer.write_table(table)
    episodes.append({
        "episode_index": episode,
        "tasks": [TASKS[episode]],
        "length": length,
        "data/chunk_index": 0,
        "data/file_index": episode,
        "dataset_from_index": start,
        "dataset_to_index": start + length,
        "stats/action/mean": buffer["action"].mean(axis=0).tolist(),
        "meta/episodes/chunk_index": 0,
        "meta/episodes/file_index": 0,
    })
    start += length

path = root / "meta/episodes/chunk-000/file-000.parquet"
path.parent.mkdir(parents=True)
table = pyarrow.Table.from_pydict({key: [episode[key] for episode in episodes] for key in episodes[0]})
with parquet.ParquetWriter(path, schema=table.schema, compression="snappy", use_dictionary=True) as writer:
    writer.write_table(table)

pandas.DataFrame({"task_index": range(len(TASKS))}, index=pandas.Index(TASKS, name="task")).to_parquet(root / "meta/tasks.parquet")
(root / "meta/info.json").write_text(json.dumps({
    "codebase_version": "v3.0",
    "fps": FPS,
    "features": features,
    "total_episodes": len(LENGTHS),
    "total_frames": sum(LENGTHS),
    "total_tasks": len(TASKS),
    "chunks_size": 1000,
    "data_files_size_in_mb": 100,
    "video_files_size_in_mb": 200,
    "data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
    "video_path": "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
    "robot_type": "so101_follower",
    "splits": {"train": f"0:{len(LENGTHS)}"},
}, indent=4))
