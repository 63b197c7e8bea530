package store

func (t *Tx) enqueue(kind string, payload []byte) error {
	_, err := t.Exec(`INSERT INTO job (county_code, job_id, kind, payload, enqueued, due, attempt) VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0)`,
		t.County, t.NewID(), kind, string(payload), FormatInstant(t.Instant))
	return err
}
