#!/usr/bin/python3
"""Reads Compose files (one a line, base64) as podman-compose does, with PyYAML, and prints a line of JSON for each: the
images by service, or why the file is not read."""

import base64
import json
import sys

import yaml


class Tagged:
    """What podman-compose makes of `!reset` and `!override`: the value, or nothing."""

    @staticmethod
    def override(loader, node):
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)


class Loader(yaml.SafeLoader):
    pass


Loader.add_constructor("!override", Tagged.override)
Loader.add_constructor("!reset", lambda loader, node: None)


def members(value):
    return value if isinstance(value, dict) else {}


def items(value):
    return value if isinstance(value, list) else []


def one(name, service, out):
    image = service.get("image")
    if isinstance(image, str) and image and service.get("build") is None:
        out.append({"service": name, "image": image})
    for volume in map(members, items(service.get("volumes"))):
        source = volume.get("source")
        if volume.get("type") == "image" and isinstance(source, str) and source:
            out.append({"service": name, "image": source})


for line in sys.stdin:
    out = {"plain": []}
    try:
        document = yaml.load(base64.b64decode(line), Loader)
        for name, service in members(members(document).get("services")).items():
            one(str(name), members(service), out["plain"])
    # Whatever a reader fails of, it runs nothing then.
    except Exception as error:
        out["plainError"] = str(error)
    print(json.dumps(out), flush=True)
