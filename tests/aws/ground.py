"""Things that other things need, made by hand when asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.aws.conftest import Hand

ZONE = "ap-northeast-2a"


class Ground:
    """What is asked for by its name is made, once, with what it needs."""

    def __init__(self, hand: Hand, image: str) -> None:
        self.hand = hand
        self.image = image
        self._made: dict[str, str] = {}

    def __getattr__(self, name: str) -> str:
        if name not in self._made:
            type, want = self._recipe(name)
            self._made[name] = self.hand.make(type, **want)
        return self._made[name]

    def _recipe(self, name: str) -> tuple[str, dict[str, Any]]:
        recipes: dict[str, Callable[[], tuple[str, dict[str, Any]]]] = {
            "vpc": lambda: ("aws.vpc", {"cidr_block": "10.0.0.0/16"}),
            "subnet": lambda: ("aws.subnet", {"vpc_id": self.vpc, "cidr_block": "10.0.1.0/24", "availability_zone": ZONE}),
            "gateway": lambda: ("aws.internet_gateway", {}),
            "attached": lambda: ("aws.internet_gateway_attachment", {"internet_gateway_id": self.gateway, "vpc_id": self.vpc}),
            "table": lambda: ("aws.route_table", {"vpc_id": self.vpc}),
            "group": lambda: ("aws.security_group", {"group_name": "web", "description": "d", "vpc_id": self.vpc}),
            "instance": lambda: ("aws.instance", {"image_id": self.image, "instance_type": "t3.micro", "subnet_id": self.subnet,
                                                  "security_group_ids": [self.group]}),
            "volume": lambda: ("aws.volume", {"availability_zone": ZONE, "size": 10, "volume_type": "gp3"}),
            "address": lambda: ("aws.address", {}),
            "other_vpc": lambda: ("aws.vpc", {"cidr_block": "10.8.0.0/16"}),
            "interface": lambda: ("aws.network_interface", {"subnet_id": self.subnet, "groups": [self.group]}),
            "acl": lambda: ("aws.network_acl", {"vpc_id": self.vpc}),
            "options": lambda: ("aws.dhcp_options", {"domain_name": "example.com"}),
            "snapshot": lambda: ("aws.snapshot", {"volume_id": self.volume}),
            "template": lambda: ("aws.launch_template", {"launch_template_name": "web", "launch_template_data": {
                "image_id": self.image, "instance_type": "t3.micro"}}),
        }
        return recipes[name]()
