def editor_schema(native_schemas): return {}
