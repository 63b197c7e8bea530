// Package packs holds the shipped policy packs as data: each a published document made executable, with the vocabulary
// they share and the list of requirements they are measured against.
package packs

import "embed"

// Files is every pack, vocabulary.yaml and items.csv.
//
//go:embed vocabulary.yaml items.csv */pack.yaml */policy.md */tables/*.csv */cases/*.yaml */cases/explained.txt */locale/en.yaml */CHANGELOG.md
var Files embed.FS
