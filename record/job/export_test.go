package job

import "context"

// Do works on a job as the queue would have it. stopping is the end of the worker in good order; that of ctx is the end of its process.
func (w *Worker) Do(ctx, stopping context.Context, county, id string) error {
	return w.do(ctx, stopping, county, id)
}

// Taken is a worker with its sign on a job, who has not begun.
func (w *Worker) Taken(ctx context.Context, county, id string) (goOn func() error, err error) {
	a, err := w.take(ctx, county, id)
	return func() error { return a.run(ctx, ctx) }, err
}

// Watch looks at the pulses so many times, as a worker does while it works.
func (w *Worker) Watch(ctx context.Context, rounds int) (err error) {
	seen := map[string]still{}
	for range rounds {
		if seen, err = w.round(ctx, seen); err != nil {
			return err
		}
	}
	return nil
}

// Patience is how many rounds a pulse may stand still.
const Patience = patience
