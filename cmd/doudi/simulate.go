package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"doudi/kernel/period"
	"doudi/record"
	"doudi/record/simulation"
	"doudi/serve/present"
)

// simulating is what doudi policy simulate is asked for.
type simulating struct {
	place
	county, month, months, pack string
	sample                      int
	names                       bool
}

func (a *app) simulateCommand() *cobra.Command {
	var s simulating
	command := &cobra.Command{
		Use:   "simulate DRAFT",
		Short: "草案测算：按登记算谁增谁减、要多少钱 · what a draft would mean for the people on the register",
		Long: `对登记里的每个人，分别按现行政策和草案判定，列出谁新享受、谁不再享受、谁增谁减，各月、各乡镇支出多少，并抽样说明前后的理由。
默认与各地现行采用的同一政策对比，--pack 改为与另一个政策包对比；两边都用现行的读法和参数，草案自己改了的除外。
草案按测算的各月都施行计算。只读，什么也不写。姓名默认只显示姓。

Decides for everybody on the register under what applies and under the draft: who enters, leaves, gains and loses, what it costs by month and
town, and a sample with the reasons before and after. It is compared with what each division has adopted of the same series, or with --pack; the
adopted readings and values hold on both sides except where the draft says something new. The draft is taken as in force in all the months. It only
reads. Names are masked unless --names is given.`,
		Example: `  doudi policy simulate packs/pingyin-2022 --db sqlite:doudi.db --secrets secrets --county 370124 --months 2022-01..2022-06
  doudi policy simulate draft --month 2022-01 --county 999901 --pack packs/pingyin-2021 --json`,
		Args: a.needs("DRAFT"),
		RunE: func(command *cobra.Command, args []string) error { return a.simulate(command, args[0], &s) },
	}
	s.flag(command)
	flags := command.Flags()
	flags.StringVar(&s.county, "county", "", "县（六位区划代码）county")
	flags.StringVar(&s.month, "month", "", "测算一个月 one month: 2022-01")
	flags.StringVar(&s.months, "months", "", "测算几个月 months: 2022-01..2022-06")
	flags.StringVar(&s.pack, "pack", "", "与这个政策包对比，默认与现行采用的 pack to compare with instead of what is adopted")
	flags.IntVar(&s.sample, "sample", 2, "每类变动抽样几人 people shown of each effect")
	flags.BoolVar(&s.names, "names", false, "显示全名和受保护的情况 show whole names and protected facts")
	return command
}

func (a *app) simulate(command *cobra.Command, draft string, s *simulating) error {
	const mostShown = 100
	switch {
	case s.county == "":
		return usage{errors.New(a.say("请用 --county 写明县（六位区划代码）", "name the county with --county"))}
	case (s.month == "") == (s.months == ""):
		return usage{errors.New(a.say("请用 --month 或 --months 写明测算的月份", "name the month with --month, or several with --months"))}
	case s.sample < 0 || mostShown < s.sample:
		return usage{fmt.Errorf(a.say("--sample 是 0 到 %d", "--sample is 0 to %d"), mostShown)}
	}
	q := simulation.Question{Sample: s.sample}
	var err error
	if q.From, q.To, err = a.monthsOf(s); err != nil {
		return err
	}
	if q.Draft, err = a.load(draft); err != nil {
		return err
	}
	if s.pack != "" {
		if q.Against, err = a.load(s.pack); err != nil {
			return err
		}
	}
	return a.useRecord(command, &s.place, func(ctx context.Context, r *record.Record) error { return a.runSimulation(ctx, r, s, q) })
}

// monthsOf reads --month 2022-01 or --months 2022-01..2022-06.
func (a *app) monthsOf(s *simulating) (from, to period.Month, err error) {
	flag, first, last := "month", s.month, s.month
	if s.months != "" {
		var several bool
		flag = "months"
		if first, last, several = strings.Cut(s.months, ".."); !several {
			last = first
		}
	}
	if from, err = parse(a, flag, first, period.ParseMonth); err != nil {
		return 0, 0, err
	}
	to, err = parse(a, flag, last, period.ParseMonth)
	return from, to, err
}

func (a *app) runSimulation(ctx context.Context, r *record.Record, s *simulating, q simulation.Question) error {
	line := a.progress()
	tell := func(people, of int) {
		if line.to != nil {
			line.say("\r\033[K%s %d / %d", s.county, people, of)
		}
	}
	answer, err := simulation.Simulator{Register: r.Register, Adoptions: r.Adoptions}.Run(ctx, r.Store, s.county, q, tell)
	if line.to != nil {
		line.say("\r\033[K")
	}
	if err != nil {
		return err
	}
	shown := simulated(answer)
	o := present.Options{Lang: a.lang, HideSensitive: !s.names}
	if a.json {
		return a.printJSON(present.ViewSimulation(shown, o))
	}
	return a.print(present.Simulated(shown, o))
}

// simulated is an answer for the renderer.
func simulated(answer *simulation.Answer) *present.Simulation {
	return &present.Simulation{Simulation: answer.Simulation, Sample: answer.Selected, County: answer.County, Draft: answer.Draft, Against: against(answer), Towns: answer.Towns}
}

// against is what the draft was compared with.
func against(answer *simulation.Answer) []present.Against {
	if answer.Against != nil {
		return []present.Against{{Pack: answer.Against}}
	}
	list := make([]present.Against, len(answer.Adopted))
	for i, adopted := range answer.Adopted {
		list[i] = present.Against{Division: adopted.Division, Pack: adopted.Pack}
	}
	return list
}
