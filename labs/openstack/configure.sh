# shellcheck shell=bash
# Sourced by start.sh: writes the configuration of every service below $ETC, and $LAB/clouds.yaml. Written anew at each start.
# Needs $SITE, the folder of the environment's packages.

BUS="rabbit://guest:guest@$HOST:$P_RABBIT/"
db() { echo "mysql+pymysql://oslab:$SECRET@localhost/$1?unix_socket=$SOCK&charset=utf8"; }
KS=http://$HOST:$P_KEYSTONE/v3
auth() { # the service account, as keystoneauth reads it
    cat <<X
auth_type = password
auth_url = $KS
username = service
password = $SECRET
project_name = service
user_domain_id = default
project_domain_id = default
region_name = $REGION
X
}
common() { # DEFAULT settings and the sections that every service has
    cat <<X
[DEFAULT]
debug = ${DEBUG:-false}
transport_url = $BUS
state_path = $DATA/$1
host = oslab
use_stderr = true
graceful_shutdown_timeout = 2
[oslo_concurrency]
lock_path = $DATA/$1/lock
[oslo_messaging_rabbit]
rabbit_quorum_queue = false
rabbit_transient_quorum_queue = false
[oslo_messaging_notifications]
driver = noop
[oslo_policy]
policy_file = none.yaml
[keystone_authtoken]
www_authenticate_uri = $KS
service_token_roles = service
service_token_roles_required = true
# No memcached: the middleware then asks keystone about each token, each time, unless told to keep them.
token_cache_time = 300
$(auth)
X
}
pool() { printf 'max_pool_size = 5\nmax_overflow = 20\n'; }
for s in keystone placement glance nova neutron cinder octavia manila magnum swift; do mkdir -p "$ETC/$s" "$DATA/$s/lock"; done

cat >"$ETC/keystone/keystone.conf" <<X
[DEFAULT]
debug = ${DEBUG:-false}
[database]
connection = $(db keystone)
$(pool)
[token]
provider = fernet
expiration = 86400
[fernet_tokens]
key_repository = $DATA/keystone/fernet-keys
[credential]
key_repository = $DATA/keystone/credential-keys
# bcrypt at its weakest: dozens of log-ins a minute would otherwise be most of the CPU time of a test run
[identity]
password_hash_rounds = 4
[cache]
enabled = true
backend = dogpile.cache.memory
X

{ common placement; cat <<X; } >"$ETC/placement/placement.conf"
[placement_database]
connection = $(db placement)
$(pool)
[api]
auth_strategy = keystone
X

{ common glance; cat <<X; } >"$ETC/glance/glance-api.conf"
[DEFAULT]
enabled_backends = files:file
enabled_import_methods = [glance-direct,web-download]
worker_self_reference_url = http://$HOST:$P_GLANCE
[database]
connection = $(db glance)
$(pool)
[glance_store]
default_backend = files
[files]
filesystem_store_datadir = $DATA/glance/images
[os_glance_staging_store]
filesystem_store_datadir = $DATA/glance/staging
[os_glance_tasks_store]
filesystem_store_datadir = $DATA/glance/tasks
[paste_deploy]
flavor = keystone
config_file = $VENV/etc/glance/glance-api-paste.ini
X
mkdir -p "$DATA/glance/images" "$DATA/glance/staging" "$DATA/glance/tasks"

{ common nova; cat <<X; } >"$ETC/nova/nova.conf"
[DEFAULT]
my_ip = $HOST
compute_driver = oslab.Driver
manager_shutdown_timeout = 1
instances_path = $DATA/nova/instances
allow_resize_to_same_host = true
# Ports may stay DOWN as far as nova cares.
vif_plugging_is_fatal = false
vif_plugging_timeout = 0
reserved_host_memory_mb = 0
# the fake machines have no power state of their own to compare with
sync_power_state_interval = -1
heal_instance_info_cache_interval = 0
update_resources_interval = 30
[api_database]
connection = $(db nova_api)
$(pool)
[database]
connection = $(db nova)
$(pool)
[wsgi]
api_paste_config = $ETC/nova/api-paste.ini
[conductor]
workers = 1
[scheduler]
workers = 1
discover_hosts_in_cells_interval = -1
[filter_scheduler]
track_instance_changes = false
# room for tests that run beside each other, and for one that makes hundreds of things
[quota]
instances = 200
cores = 800
ram = 1600000
key_pairs = 500
server_groups = 100
[vnc]
enabled = false
[service_user]
send_service_user_token = true
$(auth)
[placement]
$(auth)
[neutron]
$(auth)
[glance]
$(auth)
[cinder]
catalog_info = block-storage::publicURL
os_region_name = $REGION
$(auth)
[os_vif_ovs]
isolate_vif = false
X
mkdir -p "$DATA/nova/instances"
cp "$VENV/etc/nova/api-paste.ini" "$ETC/nova/"   # nova's WSGI entry point looks for it beside nova.conf

{ common neutron; cat <<X; } >"$ETC/neutron/neutron.conf"
[DEFAULT]
auth_strategy = keystone
core_plugin = ml2
service_plugins = router,qos,port_forwarding
api_paste_config = $VENV/etc/neutron/api-paste.ini
# no agents, hence nobody to talk to over the bus
rpc_workers = 0
rpc_state_report_workers = 0
# these two keep nova's address cache right: without them a floating IP never shows in a server's addresses
notify_nova_on_port_status_changes = true
notify_nova_on_port_data_changes = true
send_events_interval = 1
enable_traditional_dhcp = false
[quotas]
quota_network = 500
quota_subnet = 500
quota_port = 2000
quota_router = 200
quota_floatingip = 200
quota_security_group = 500
quota_security_group_rule = 2000
[database]
connection = $(db neutron)
$(pool)
[nova]
$(auth)
[placement]
$(auth)
X
cat >"$ETC/neutron/ml2.ini" <<X
[ml2]
type_drivers = flat,vlan,vxlan
tenant_network_types = vxlan
mechanism_drivers = oslab
extension_drivers = port_security,qos
[ml2_type_flat]
flat_networks = public
[ml2_type_vlan]
network_vlan_ranges = physnet1:100:199
[ml2_type_vxlan]
vni_ranges = 1:1000
[securitygroup]
enable_security_group = true
X

{ common cinder; cat <<X; } >"$ETC/cinder/cinder.conf"
[DEFAULT]
auth_strategy = keystone
api_paste_config = $VENV/etc/cinder/api-paste.ini
resource_query_filters_file = $VENV/etc/cinder/resource_filters.json
enabled_backends = files
default_volume_type = __DEFAULT__
volumes_dir = $DATA/cinder/volumes
quota_volumes = 500
quota_snapshots = 200
quota_gigabytes = 100000
quota_backup_gigabytes = 10000
image_conversion_dir = $DATA/cinder/conversion
glance_api_servers = http://$HOST:$P_GLANCE
allowed_direct_url_schemes =
[coordination]
backend_url = file://$DATA/cinder/coordination
[files]
volume_driver = oslab.volume.FileDriver
volume_backend_name = files
oslab_volume_dir = $DATA/cinder/files
[database]
connection = $(db cinder)
$(pool)
[nova]
$(auth)
[service_user]
send_service_user_token = true
$(auth)
X
mkdir -p "$DATA/cinder/files" "$DATA/cinder/conversion" "$DATA/cinder/coordination"

{ common octavia; cat <<X; } >"$ETC/octavia/octavia.conf"
[api_settings]
auth_strategy = keystone
enabled_provider_drivers = oslab: no-op provider with real VIP ports
default_provider_driver = oslab
allow_tls_terminated_listeners = true
[database]
connection = $(db octavia)
$(pool)
[controller_worker]
network_driver = allowed_address_pairs_driver
[service_auth]
$(auth)
[neutron]
$(auth)
[certificates]
cert_manager = noop_cert_manager
X

{ common manila; cat <<X; } >"$ETC/manila/manila.conf"
[DEFAULT]
auth_strategy = keystone
api_paste_config = $VENV/etc/manila/api-paste.ini
enabled_share_backends = dummy
enabled_share_protocols = NFS,CIFS
default_share_type = default
rootwrap_config = $VENV/etc/manila/rootwrap.conf
[quota]
shares = 200
snapshots = 200
gigabytes = 20000
snapshot_gigabytes = 20000
share_networks = 100
[coordination]
backend_url = file://$DATA/manila/coordination
[dummy]
share_driver = manila.tests.share.drivers.dummy.DummyDriver
driver_handles_share_servers = false
share_backend_name = dummy
[database]
connection = $(db manila)
$(pool)
X
mkdir -p "$DATA/manila/coordination"

{ common magnum; cat <<X; } >"$ETC/magnum/magnum.conf"
[DEFAULT]
pybasedir = $SITE/magnum
[api]
api_paste_config = $VENV/etc/magnum/api-paste.ini
port = $P_MAGNUM
host = $HOST
workers = 1
[conductor]
workers = 1
[drivers]
disabled_drivers = k8s_fedora_coreos_v1
# no Barbican: certificates live in magnum's database
[certificates]
cert_manager_type = x509keypair
storage_path = $DATA/magnum/certificates
[keystone_auth]
$(auth)
[trust]
trustee_domain_name = magnum
trustee_domain_admin_name = magnum_domain_admin
trustee_domain_admin_password = $SECRET
trustee_keystone_interface = public
[database]
connection = $(db magnum)
$(pool)
X
mkdir -p "$DATA/magnum/certificates"

# Swift: one device, one replica. Data folder needs extended attributes (ext4, xfs; not an old tmpfs).
cat >"$ETC/swift/swift.conf" <<X
[swift-hash]
swift_hash_path_prefix = oslab
swift_hash_path_suffix = oslab
[storage-policy:0]
name = one
default = yes
X
swift_back() { # KIND PORT
    cat >"$ETC/swift/$1-server.conf" <<X
[DEFAULT]
bind_ip = $HOST
bind_port = $2
workers = 0
user = $(id -un)
swift_dir = $ETC/swift
devices = $DATA/swift
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
log_level = WARNING
[pipeline:main]
pipeline = $1-server
[app:$1-server]
use = egg:swift#$1
X
}
swift_back object "$P_SWIFT_OBJ"; swift_back container "$P_SWIFT_CON"; swift_back account "$P_SWIFT_ACC"
cat >"$ETC/swift/proxy-server.conf" <<X
[DEFAULT]
bind_ip = $HOST
bind_port = $P_SWIFT
workers = 0
user = $(id -un)
swift_dir = $ETC/swift
log_level = WARNING
[pipeline:main]
# authtoken must come before s3api and s3token: after them it wipes the identity that s3token found
pipeline = catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk tempurl authtoken s3api s3token keystoneauth copy slo dlo versioned_writes symlink proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:proxy-logging]
use = egg:swift#proxy_logging
[filter:cache]
use = egg:swift#memcache
# there is none; swift copes, and must not wait for it
memcache_servers = $HOST:1
connect_timeout = 0.05
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:tempurl]
use = egg:swift#tempurl
[filter:s3api]
use = egg:swift#s3api
location = $REGION
s3_acl = false
[filter:s3token]
use = egg:swift#s3token
auth_uri = $KS
reseller_prefix = AUTH_
delay_auth_decision = true
$(auth)
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
www_authenticate_uri = $KS
delay_auth_decision = true
$(auth)
[filter:keystoneauth]
use = egg:swift#keystoneauth
operator_roles = admin, member
reseller_admin_role = service
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
X
mkdir -p "$DATA/swift/d1"

cat >"$LAB/clouds.yaml" <<X
# oslab: a member of project demo. oslab-app: the same, by an application credential. oslab-2: a member of project demo2.
# oslab-admin: the cloud's administrator.
clouds:
  oslab:
    region_name: $REGION
    auth: &demo
      auth_url: $KS
      username: demo
      password: $SECRET
      project_name: demo
      user_domain_id: default
      project_domain_id: default
  oslab-app:
    region_name: $REGION
    auth_type: v3applicationcredential
    auth:
      auth_url: $KS
      username: demo
      user_domain_id: default
      application_credential_name: oslab
      application_credential_secret: $SECRET
  oslab-2:
    region_name: $REGION
    auth:
      <<: *demo
      username: demo2
      project_name: demo2
  oslab-admin:
    region_name: $REGION
    auth:
      <<: *demo
      username: admin
      project_name: admin
X
