"""Identity: roles, and what they may do."""

from __future__ import annotations

from mcflow.drivers.aws.native.service import Calls, ServiceType, Tagging, Update
from mcflow.drivers.sdk import UniqueName, anything, integer, native_type, string, tags


@native_type
class Role(ServiceType):
    """One IAM role; the id is its name.  https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html"""

    name = "aws.iam_role"
    identity = UniqueName(attribute="role_name", max_length=64, pattern="[A-Za-z0-9+=,.@_-]")
    calls = Calls("iam", create="create_role", read="get_role", list="list_roles", delete="delete_role", id="role_name", key="role_name",
                  made="role", row="role", rows="roles", whole=False,
                  updates={"settings": "update_role",
                           "trust": Update("update_assume_role_policy", {"assume_role_policy_document": "policy_document"})})
    tagging = Tagging("tag_role", "untag_role", parameter="role_name", told="tags")
    documents = ("assume_role_policy_document",)
    unset = {"description": "", "max_session_duration": 3600}
    attributes = {
        "role_name": string("Its name, unique in the account."),
        "path": string("The path of its name.", default="/"),
        "assume_role_policy_document": anything("Who may take it: a policy document.", group="trust"),
        "description": string("What it is for.", group="settings", default=""),
        "max_session_duration": integer("The longest session, seconds.", minimum=3600, maximum=43200, group="settings", default=3600),
        "permissions_boundary": string("The policy that limits it, by ARN."),
        "arn": string("Its ARN.", read_only=True),
        "role_id": string("Its unique id.", read_only=True),
        "tags": tags(),
    }
    required = ("role_name", "assume_role_policy_document")
