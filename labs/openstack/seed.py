"""Fill the lab's cloud: seed.py accounts | ready | seed CLOUDS.YAML …

``accounts SECRET TYPE=URL…``: projects, users, roles and the catalog. ``ready SERVICES``: wait until all back ends have reported in.
``seed SERVICES``: what every project finds there: flavors, images, the external network, volume and share types, and demo's application
credential. Each step looks first and makes only what is missing.
"""
import os
import sys
import time

what, clouds, *args = sys.argv[1:]
os.environ["OS_CLIENT_CONFIG_FILE"] = clouds
import openstack  # noqa: E402  (reads the variable above)

c = openstack.connect(cloud="oslab-admin")

#: name, vCPUs, memory (MiB), disk (GiB). One has no disk of its own: ordinary users can boot it from a volume only.
FLAVORS = (
    ("m1.tiny", 1, 512, 1), ("m1.micro", 1, 1024, 5), ("m1.small", 1, 2048, 20), ("m1.medium", 2, 4096, 40), ("m1.large", 4, 8192, 80),
    ("m1.xlarge", 8, 16384, 160), ("c1.small", 2, 2048, 20), ("c1.large", 4, 4096, 20), ("c1.xlarge", 8, 8192, 40),
    ("r1.small", 1, 4096, 20), ("r1.medium", 2, 8192, 20), ("r1.large", 4, 16384, 40), ("v1.medium", 2, 4096, 0),
)
#: name, os_distro, os_version, hw_architecture. Of Ubuntu 24.04 there are two builds, the newer one last, and one for another architecture.
IMAGES = (
    ("ubuntu-24.04-20260115", "ubuntu", "24.04", "x86_64"), ("ubuntu-24.04-20260801", "ubuntu", "24.04", "x86_64"),
    ("ubuntu-24.04-arm64-20260801", "ubuntu", "24.04", "aarch64"), ("ubuntu-22.04", "ubuntu", "22.04", "x86_64"),
    ("debian-12", "debian", "12", "x86_64"), ("cirros", "cirros", "0.6", "x86_64"), ("fedora-coreos", "fedora-coreos", "42", "x86_64"),
)


def accounts():
    secret, *endpoints = args
    k = c.identity
    roles = {r.name: r for r in k.roles()}
    for name in ("service", "load-balancer_member", "load-balancer_admin"):
        if name not in roles:
            roles[name] = k.create_role(name=name)

    def project(name):
        return k.find_project(name) or k.create_project(name=name, domain_id="default")

    def user(name, proj, *names):
        found = k.find_user(name) or k.create_user(name=name, password=secret, domain_id="default", default_project_id=proj.id)
        for each in names:
            k.assign_project_role_to_user(proj, found, roles[each])
    user("service", project("service"), "admin", "service")
    user("admin", project("admin"), "admin", "load-balancer_admin")
    user("demo", project("demo"), "member", "load-balancer_member")
    user("demo2", project("demo2"), "member", "load-balancer_member")
    if any(e.startswith("container-infra") for e in endpoints):  # magnum makes one user per cluster, in this domain
        domain = k.find_domain("magnum") or k.create_domain(name="magnum")
        trustee = k.find_user("magnum_domain_admin", domain_id=domain.id) or k.create_user(
            name="magnum_domain_admin", password=secret, domain_id=domain.id)
        k.assign_domain_role_to_user(domain, trustee, roles["admin"])
    region = next(iter(k.regions())).id
    have = {s.type: s for s in k.services()}
    for e in endpoints:
        kind, url = e.split("=", 1)
        service = have.get(kind) or k.create_service(type=kind, name=kind)
        if not list(k.endpoints(service_id=service.id)):
            for interface in ("public", "internal"):
                k.create_endpoint(service_id=service.id, interface=interface, url=url, region_id=region)
    demo = openstack.connect(cloud="oslab")
    if not list(demo.identity.application_credentials(demo.current_user_id)):
        demo.identity.create_application_credential(demo.current_user_id, "oslab", secret=secret)


def ready():
    optional = args[0].split()

    def listed(service, path="/os-services", **options):
        rows = getattr(c, service).get(path, **options).json()
        (rows,) = (row for row in rows.values() if isinstance(row, list))
        return {(row["binary"], row["state"]) for row in rows}

    wanted = [(name, lambda: listed("compute")) for name in ("nova-compute", "nova-scheduler", "nova-conductor")]
    if "cinder" in optional:
        wanted += [(name, lambda: listed("block_storage")) for name in ("cinder-volume", "cinder-scheduler")]
    if "manila" in optional:
        wanted += [(name, lambda: listed("shared_file_system", "/services", microversion="2.60"))
                   for name in ("manila-share", "manila-scheduler")]
    if "magnum" in optional:
        wanted.append(("magnum-conductor", lambda: listed("container_infrastructure_management", "/mservices")))
    end = time.time() + 120
    for binary, listing in wanted:
        last = "not up"
        while True:
            try:
                if (binary, "up") in listing():
                    break
            except Exception as error:
                last = error
            if time.time() > end:
                sys.exit(f"{binary}: {last}")
            time.sleep(0.3)


def seed():
    optional = args[0].split()
    have = {f.name for f in c.compute.flavors()}
    for number, (name, vcpus, memory, disk) in enumerate(FLAVORS, 1):
        if name not in have:
            c.compute.create_flavor(name=name, ram=memory, vcpus=vcpus, disk=disk, id=str(number))
    for name, distro, version, architecture in IMAGES:
        if not c.image.find_image(name):
            time.sleep(1.1)  # an image's age is told in whole seconds, and choosers want the newest
            c.image.create_image(
                name=name, data=b"not a real disk " * 4096, disk_format="raw", container_format="bare", visibility="public", min_disk=1,
                properties={"os_distro": distro, "os_version": version, "hw_architecture": architecture})
    if not c.network.find_network("public"):
        public = c.network.create_network(
            name="public", is_router_external=True, provider_network_type="flat", provider_physical_network="public")
        c.network.create_subnet(
            network_id=public.id, name="public-v4", ip_version=4, cidr="198.18.0.0/20", is_dhcp_enabled=False, gateway_ip="198.18.0.1")
    if "cinder" in optional and not c.block_storage.find_type("fast"):
        c.block_storage.create_type(name="fast", description="solid state", extra_specs={"volume_backend_name": "files"})
    if "manila" in optional:
        shares = c.shared_file_system
        types = shares.get("/types", microversion="2.60").json()["share_types"]
        if not any(t["name"] == "default" for t in types):
            specs = {"driver_handles_share_servers": "False", "snapshot_support": "True"}
            body = {"share_type": {"name": "default", "share_type_access:is_public": True, "extra_specs": specs}}
            shares.post("/types", microversion="2.60", json=body).raise_for_status()


{"accounts": accounts, "ready": ready, "seed": seed}[what]()
