package text

// Merge lays a node over another: mappings merge key by key, null removes a key, everything else replaces. Neither
// argument is changed.
func Merge(base, over *Node) *Node {
	if base.IsNull() || over == nil || base.Kind != Mapping || over.Kind != Mapping {
		if over == nil {
			return base
		}
		return over
	}
	merged := *over
	merged.Fields = nil
	for _, field := range base.Fields {
		if replacement := over.Get(field.Key.Value); replacement == nil {
			merged.Fields = append(merged.Fields, field)
		} else if !replacement.IsNull() {
			merged.Fields = append(merged.Fields, Field{field.Key, Merge(field.Value, replacement)})
		}
	}
	for _, field := range over.Fields {
		if base.Get(field.Key.Value) == nil && !field.Value.IsNull() {
			merged.Fields = append(merged.Fields, field)
		}
	}
	return &merged
}
