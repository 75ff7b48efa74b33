"""Keys: where the sealing key comes from. One module each; a key service's SDK may be imported here and nowhere else in state.

Sealing itself does not belong here: these modules find 32 bytes, or say why there are none.
"""
