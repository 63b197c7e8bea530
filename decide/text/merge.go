package text

// Merge lays a node over another: mappings merge key by key, null removes a key, everything else replaces. Neither
// argument is changed. Nothing laid over (nil) leaves the base as it is.
func Merge(base, over *Node) *Node {
	switch {
	case over == nil:
		return base
	case over.Kind != Mapping:
		return over
	case base.IsNull() || base.Kind != Mapping:
		base = &Node{Kind: Mapping} // so that nulls inside what is laid over remove what is not there, rather than stay
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
			merged.Fields = append(merged.Fields, Field{field.Key, Merge(nil, field.Value)})
		}
	}
	return &merged
}
