"""Shapes: lines that trips are drawn along."""

from __future__ import annotations

import numpy as np

from gtfs_feeds.checks.draft import Draft
from gtfs_feeds.findings import Severity


def check_shapes(draft: Draft) -> None:
    """Sort the points, drop those given twice and lines of one point, ignore distances that decrease."""
    points = draft.tables["shapes"]
    if points.empty:
        return
    points["shape_id"] = points["shape_id"].cat.remove_unused_categories()
    shape, sequence = points["shape_id"].cat.codes.to_numpy(), points["shape_pt_sequence"].to_numpy()
    step = np.diff(shape)
    if (step < 0).any() or ((step == 0) & (np.diff(sequence) < 0)).any():
        points = points.iloc[np.lexsort((sequence, shape))].reset_index(drop=True)
        draft.tables["shapes"] = points
        shape, sequence = points["shape_id"].cat.codes.to_numpy(), points["shape_pt_sequence"].to_numpy()
    again = np.zeros(len(points), np.bool_)
    again[1:] = (shape[1:] == shape[:-1]) & (sequence[1:] == sequence[:-1])
    draft.drop(
        "shapes",
        again,
        "duplicate_key",
        "The shape has a point with shape_pt_sequence “{value}” already.",
        field="shape_pt_sequence",
        action="row dropped, the first one kept",
    )
    shape = draft.tables["shapes"]["shape_id"].cat.codes.to_numpy()
    alone = np.bincount(shape)[shape] < 2
    draft.drop(
        "shapes",
        alone,
        "single_shape_point",
        "The shape “{value}” has one point only.",
        field="shape_id",
        severity=Severity.WARNING,
        action="shape dropped",
    )
    _check_distances(draft)


def _check_distances(draft: Draft) -> None:
    points = draft.tables["shapes"]
    distance = points["shape_dist_traveled"].to_numpy()
    if np.isnan(distance).all():
        return
    shape = points["shape_id"].cat.codes.to_numpy()
    backwards = np.zeros(len(points), np.bool_)
    backwards[1:] = (shape[1:] == shape[:-1]) & (distance[1:] < distance[:-1])
    draft.note(
        "shapes",
        backwards,
        "decreasing_shape_distance",
        "shape_dist_traveled “{value}” is less than that of the point before.",
        severity=Severity.WARNING,
        action="the distances of the shape are ignored",
        field="shape_dist_traveled",
    )
    draft.assign("shapes", "shape_dist_traveled", np.isin(shape, shape[backwards]), np.nan)
