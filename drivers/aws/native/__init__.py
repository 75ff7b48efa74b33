"""AWS's native types: one module per corner of the EC2 API. Attribute names are the API's own in snake case.

Belongs here: what one call of the API makes, and how it is looked at, changed and removed. How portable types become these is in
``portable``; `ec2` holds what all types share.
"""
