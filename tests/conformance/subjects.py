"""Every driver that comes along, as a subject."""

from tests.conformance import aws_subject, mock_subject, openstack_subject

from mcflow.conformance import Subject

SUBJECTS: dict[str, Subject] = {"mock": mock_subject.SUBJECT, "aws": aws_subject.SUBJECT, "openstack": openstack_subject.SUBJECT}
