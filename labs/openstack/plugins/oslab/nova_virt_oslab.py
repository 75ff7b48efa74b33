"""nova's own fake virt driver, plus what it leaves undone for use outside nova's unit tests.

Copied to nova/virt/oslab.py by up.sh: nova loads compute drivers from its own nova.virt package only.
"""
import io

from nova import context as nova_context
from nova import objects
from nova.compute import power_state
from nova.image import glance
from nova.virt import fake


# ...WithoutFakeNodes keeps the node's identity in a file. With plain FakeDriver nova-compute 33 starts exactly
# once: "No local node identity found, but this is not our first startup on this host".
class Driver(fake.FakeDriverWithoutFakeNodes):

    def init_host(self, host):
        super().init_host(host)
        # The machines live in this process only; after a restart take them from the database again.
        for i in objects.InstanceList.get_by_host(nova_context.get_admin_context(), host):
            state = power_state.RUNNING if i.vm_state in ("active", "resized") else power_state.SHUTDOWN
            self.instances[i.uuid] = fake.FakeInstance(i.name, state, i.uuid)

    def snapshot(self, context, instance, image_id, update_task_state):
        # The stock driver uploads nothing, and the image would stay "queued" for ever.
        super().snapshot(context, instance, image_id, update_task_state)
        images = glance.API()
        image = images.get(context, image_id)
        meta = {"name": image["name"], "disk_format": "raw", "container_format": "bare",
                "properties": dict(image.get("properties") or {})}
        images.update(context, image_id, meta, io.BytesIO(b"oslab" * 1024), purge_props=False)
