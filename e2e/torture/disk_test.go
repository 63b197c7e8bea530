package torture_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// disk is a folder as a disk may hold it after the power went: what was synchronised for certain, and of what was written since then
// any part.
type disk struct {
	folder string
	files  map[string]*onDisk // by name in the folder
	names  []naming           // creations and removals that the folder's own fsync has not made last
}

// onDisk is one file.
type onDisk struct {
	lasting []byte // what was there at the last fsync
	there   bool   // the name lasts
	recent  []event
}

type naming struct {
	event
	name string
}

// newDisk is a disk with a folder as it is now, all of it lasting.
func newDisk(folder string) (*disk, error) {
	d := &disk{folder: folder, files: map[string]*onDisk{}}
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		if err != nil {
			break
		}
		if entry.Type().IsRegular() {
			f := &onDisk{there: true}
			f.lasting, err = os.ReadFile(filepath.Join(folder, entry.Name()))
			d.files[entry.Name()] = f
		}
	}
	return d, err
}

// name is a path's name in the folder, or "" when it is elsewhere.
func (d *disk) name(path string) string {
	if filepath.Dir(path) == d.folder {
		return filepath.Base(path)
	}
	return ""
}

func (d *disk) file(name string) *onDisk {
	if d.files[name] == nil {
		d.files[name] = &onDisk{}
	}
	return d.files[name]
}

// until plays the calls that began before a line. A synchronisation counts only when it ended before, and only for what ended
// before it began.
func (d *disk) until(events []event, line int) {
	for _, e := range events {
		if e.begin >= line {
			return
		}
		d.play(e, line)
	}
}

func (d *disk) play(e event, line int) {
	name := d.name(e.path)
	switch e.name {
	case "pwrite64", "ftruncate":
		if name != "" {
			d.file(name).recent = append(d.file(name).recent, e)
		}
	case "create":
		if name != "" && !d.known(name) {
			d.names = append(d.names, naming{e, name})
		}
	case "unlink":
		if name != "" {
			d.names = append(d.names, naming{e, name})
		}
	case "fsync":
		if e.end >= line {
			return
		}
		if e.path == d.folder {
			d.nameFor(e)
		} else if name != "" {
			d.file(name).last(e)
		}
	}
}

// known tells whether a name is there as the program sees it.
func (d *disk) known(name string) bool {
	there := d.files[name] != nil && d.files[name].there
	for _, n := range d.names {
		if n.name == name {
			there = n.event.name == "create"
		}
	}
	return there
}

// nameFor makes names last that were given before a synchronisation of the folder began.
func (d *disk) nameFor(sync event) {
	var later []naming
	for _, n := range d.names {
		if n.end < sync.begin {
			d.apply(n)
		} else {
			later = append(later, n)
		}
	}
	d.names = later
}

func (d *disk) apply(n naming) {
	f := d.file(n.name)
	f.there = n.event.name == "create"
	if !f.there {
		*f = onDisk{}
	}
}

// last makes what was written before a synchronisation began lasting.
func (f *onDisk) last(sync event) {
	var later []event
	for _, e := range f.recent {
		if e.end < sync.begin {
			f.lasting = e.onto(f.lasting)
		} else {
			later = append(later, e)
		}
	}
	f.recent = later
}

// onto is content after a write or a truncation.
func (e event) onto(content []byte) []byte {
	if e.name == "ftruncate" {
		return sized(content, e.offset)
	}
	if end := e.offset + int64(len(e.data)); end > int64(len(content)) {
		content = sized(content, end)
	}
	copy(content[e.offset:], e.data)
	return content
}

func sized(content []byte, length int64) []byte {
	if length <= int64(len(content)) {
		return content[:length:length]
	}
	return append(content, make([]byte, length-int64(len(content)))...)
}

// loss is what happens to what was written and not synchronised.
type loss func(recent []event, chance *rand.Rand) []event

// losses are the ways in which a disk loses: nothing, everything, what came last with the last write torn, or any sectors at all in
// any order.
var losses = []loss{
	func(recent []event, _ *rand.Rand) []event { return recent },
	func([]event, *rand.Rand) []event { return nil },
	func(recent []event, chance *rand.Rand) []event {
		if len(recent) == 0 {
			return nil
		}
		kept := recent[:1+chance.IntN(len(recent))]
		last := kept[len(kept)-1]
		last.data = last.data[:chance.IntN(len(last.data)+1)]
		return append(kept[:len(kept)-1:len(kept)-1], last)
	},
	sectors(512),
	sectors(4096),
}

// sectors keeps half of the sectors written, by chance.
func sectors(size int64) loss {
	return func(recent []event, chance *rand.Rand) []event {
		var kept []event
		for _, e := range recent {
			if e.name == "ftruncate" {
				if chance.IntN(2) == 0 {
					kept = append(kept, e)
				}
				continue
			}
			for from := int64(0); from < int64(len(e.data)); {
				to := min(int64(len(e.data)), (e.offset+from)/size*size+size-e.offset)
				if chance.IntN(2) == 0 {
					kept = append(kept, event{name: e.name, data: e.data[from:to], offset: e.offset + from})
				}
				from = to
			}
		}
		return kept
	}
}

// cut is what the disk holds after the power went, by name: each file loses in one of the ways. What programs share in memory
// (-shm) is always gone.
func (d *disk) cut(chance *rand.Rand) map[string][]byte {
	for _, n := range d.names[:chance.IntN(len(d.names)+1)] {
		d.apply(n)
	}
	left := map[string][]byte{}
	for _, name := range slices.Sorted(maps.Keys(d.files)) {
		f, way := d.files[name], losses[chance.IntN(len(losses))]
		if !f.there || filepath.Ext(name) == ".db-shm" {
			continue
		}
		left[name] = f.lasting
		for _, e := range way(f.recent, chance) {
			left[name] = e.onto(left[name])
		}
	}
	return left
}

// clone is a disk that can be played and cut without changing this one.
func (d *disk) clone() *disk {
	other := &disk{folder: d.folder, files: map[string]*onDisk{}, names: slices.Clone(d.names)}
	for name, f := range d.files {
		other.files[name] = &onDisk{lasting: slices.Clone(f.lasting), there: f.there, recent: slices.Clone(f.recent)}
	}
	return other
}
